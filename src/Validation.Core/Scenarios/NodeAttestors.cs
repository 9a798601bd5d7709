namespace Validation.Core.Scenarios;

/// <summary>The ways in which SPIRE's agents prove where they are, by SPIRE's own names.</summary>
public static class NodeAttestors
{
    /// <summary>By a certificate of the Kubernetes node or machine; possible everywhere.</summary>
    public const string X509Pop = "x509pop";

    /// <summary>By the token of the agent's pod, which servers have reviewed by the cluster's API server each time; possible in a cluster.</summary>
    public const string K8sPsat = "k8s_psat";

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<string> All { get; } = [X509Pop, K8sPsat];
}

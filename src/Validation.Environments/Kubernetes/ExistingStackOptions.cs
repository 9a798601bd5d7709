namespace Validation.Environments.Kubernetes;

/// <summary>A SPIRE that is in the cluster already, and how its nodes are found.</summary>
public sealed record ExistingStackOptions
{
    /// <summary>Gets the trust domain's name, without <c>spiffe://</c>.</summary>
    public required string TrustDomain { get; init; }

    /// <summary>Gets how the pods of each role are found; roles that are not in it the stack does not have.</summary>
    public required IReadOnlyDictionary<string, ExistingRole> Roles { get; init; }
}

/// <summary>How the pods of a role are found.</summary>
/// <param name="Selector">The label selector: <c>app.kubernetes.io/name=server</c>.</param>
/// <param name="Container">The container that the role is about.</param>
public sealed record ExistingRole(string Selector, string Container);

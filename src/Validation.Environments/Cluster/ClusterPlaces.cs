namespace Validation.Environments.Cluster;

/// <summary>Paths inside pods, as the manifests and the configuration files in <c>environments/kubernetes</c> have them.</summary>
internal static class ClusterPlaces
{
    /// <summary>A SPIRE server's private socket, as its relay sees it.</summary>
    public const string ServerSocket = "/run/spire/server/private/api.sock";

    /// <summary>The Workload API socket of a Kubernetes node's agent, as workloads on that node see it.</summary>
    public const string AgentSocket = "/run/spire/agent/api.sock";

    /// <summary>The selector by which an agent knows the harness: the user of the relays.</summary>
    public const string HarnessSelector = "unix:uid:1000";
}

using System.Net;

namespace Validation.Environments.Cluster;

/// <summary>One pod as the API server last told of it. A pod that is made again under its name is another one.</summary>
internal sealed record PodIdentity
{
    /// <summary>Gets its name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the API server's number for this very pod: <c>metadata.uid</c>.</summary>
    public required string Uid { get; init; }

    /// <summary>Gets the name of the Kubernetes node that it runs on: <c>spec.nodeName</c>.</summary>
    public required string KubernetesNode { get; init; }

    /// <summary>Gets its address in the pod network: <c>status.podIP</c>.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>Gets its address of the other family in a dual-stack cluster, from <c>status.podIPs</c>.</summary>
    /// <value>Null, the default: it has none.</value>
    public IPAddress? SecondAddress { get; init; }

    /// <summary>Gets the containers whose processes are not the node's and never touched.</summary>
    /// <value>
    /// Container ids as the API server writes them, for example <c>containerd://4f…</c>: the relay beside a SPIRE
    /// server. Defaults to none.
    /// </value>
    public IReadOnlyList<string> SparedContainers { get; init; } = [];
}

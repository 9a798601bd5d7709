using Validation.Environments.Cluster;

namespace Validation.Environments.K3s;

/// <summary>The names of one throw-away cluster on the engine: containers, network, labels.</summary>
/// <param name="Run">What everything of it is labelled with: lower-case letters and digits.</param>
/// <param name="Mark">The process it belongs to, as <see cref="HarnessMark"/> writes it.</param>
internal sealed record K3sNames(string Run, string Mark)
{
    /// <summary>The label that names the process to which a container or network belongs.</summary>
    public const string ProcessLabel = "validation/process";

    /// <summary>The name of the Kubernetes node with the API server.</summary>
    public const string Server = "k3s-server-1";

    /// <summary>The port of the API server, inside of the cluster's network.</summary>
    public const string ApiPort = "6443";

    /// <summary>How many agents a cluster has; three Kubernetes nodes are the least on which three SPIRE servers are apart.</summary>
    public const int Agents = 2;

    /// <summary>Gets the filter that finds everything of any cluster of the harness.</summary>
    public static string OfHarness { get; } = $"--filter=label={ProcessLabel}";

    /// <summary>Gets the names of the Kubernetes nodes, the server first.</summary>
    public static IReadOnlyList<string> Nodes { get; } = [Server, .. Enumerable.Range(1, Agents).Select(number => $"k3s-agent-{number}")];

    /// <summary>Gets the name of the network.</summary>
    public string Network => $"validation-{Run}";

    /// <summary>Gets the filter that finds everything of this cluster.</summary>
    public string Filter => $"--filter=label={ClusterNames.RunLabel}={Run}";

    /// <summary>Gets the arguments that put the labels on what is made.</summary>
    public IReadOnlyList<string> Labels =>
    [
        $"--label={ClusterNames.PartOfLabel}={ClusterNames.PartOf}", $"--label={ClusterNames.RunLabel}={Run}", $"--label={ProcessLabel}={Mark}",
    ];

    /// <summary>Returns the container of a Kubernetes node.</summary>
    /// <param name="node">The Kubernetes node's name.</param>
    public string Container(string node) => $"{Network}-{node}";
}

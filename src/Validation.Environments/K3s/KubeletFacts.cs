using System.Globalization;
using System.Text.Json;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>What the API server knows of a Kubernetes node.</summary>
/// <param name="IsReady">Whether its kubelet said that it is ready. Stays true for a while after it fell silent.</param>
/// <param name="LastSpoken">When the kubelet last renewed its lease; null when it never did.</param>
internal sealed record KubeletFacts(bool IsReady, DateTimeOffset? LastSpoken)
{
    private const string LeaseNamespace = "kube-node-lease";

    /// <summary>The question for all Kubernetes nodes and their leases; the namespace is that of the leases.</summary>
    public static KubectlCommand Ask { get; } = KubectlCommand.Read("get", "nodes,leases", "-o", "json") with { Limit = TimeSpan.FromSeconds(10) };

    /// <summary>Returns the same kubectl for <see cref="Ask"/>.</summary>
    /// <param name="kubectl">The program, for any namespace.</param>
    public static IKubectl For(IKubectl kubectl) => kubectl.InNamespace(LeaseNamespace);

    /// <summary>Reads the answer.</summary>
    /// <param name="list">The list of nodes and leases.</param>
    /// <returns>The facts by the Kubernetes nodes' names.</returns>
    public static IReadOnlyDictionary<string, KubeletFacts> Parse(JsonElement list)
    {
        var items = PodFacts.Items(list, "items").ToLookup(item => PodFacts.Text(item, "kind"));
        var leases = items["Lease"].ToDictionary(NameOf, lease => PodFacts.Text(PodFacts.Get(lease, "spec"), "renewTime"));
        return items["Node"].ToDictionary(NameOf, node => new KubeletFacts(
            PodFacts.Items(PodFacts.Get(node, "status"), "conditions").Any(condition =>
                PodFacts.Text(condition, "type") == "Ready" && PodFacts.Text(condition, "status") == "True"),
            leases.GetValueOrDefault(NameOf(node)) is { } renewed ? Time(renewed) : null));
    }

    /// <summary>Returns whether the kubelet has spoken since its container was started.</summary>
    /// <param name="startedAt">The start, as the engine writes it. Containers have the clock of their machine.</param>
    public bool HasSpokenSince(string startedAt) => LastSpoken is { } spoken && spoken > Time(startedAt);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static string NameOf(JsonElement item) => PodFacts.Text(PodFacts.Get(item, "metadata"), "name") ?? string.Empty;
}

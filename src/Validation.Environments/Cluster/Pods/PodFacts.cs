using System.Net;
using System.Text.Json;

namespace Validation.Environments.Cluster.Pods;

/// <summary>A pod at one moment, as the API server describes it.</summary>
internal sealed record PodFacts
{
    /// <summary>Gets its name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the namespace it is in.</summary>
    public required string Namespace { get; init; }

    /// <summary>Gets its unique id: a pod that is made again under the same name has another.</summary>
    public required string Uid { get; init; }

    /// <summary>Gets the Kubernetes node it runs on; null while it has none.</summary>
    public string? KubernetesNode { get; init; }

    /// <summary>Gets its address; null while it has none.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Gets its address of the other family in a dual-stack cluster; null when it has none.</summary>
    public IPAddress? SecondAddress { get; init; }

    /// <summary>Gets Kubernetes' word for its life: <c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c>.</summary>
    public required string Phase { get; init; }

    /// <summary>Gets why it is in this phase, when Kubernetes says so: <c>Evicted</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>Gets Kubernetes' longer words for the reason.</summary>
    public string? Message { get; init; }

    /// <summary>Gets why the scheduler has found no Kubernetes node for it; null when it has, or has not tried.</summary>
    public string? Unschedulable { get; init; }

    /// <summary>Gets whether it is being deleted.</summary>
    public bool IsTerminating { get; init; }

    /// <summary>Gets whether all its readiness probes succeed.</summary>
    public bool IsReady { get; init; }

    /// <summary>Gets its labels.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Gets its containers, sidecars included.</summary>
    public required IReadOnlyList<ContainerFacts> Containers { get; init; }

    /// <summary>Gets its role, by the harness' label; null when it has none.</summary>
    public string? Role => Labels.GetValueOrDefault(ClusterNames.RoleLabel);

    /// <summary>Returns a container; null when the pod has none of that name.</summary>
    /// <param name="name">The container's name.</param>
    public ContainerFacts? Container(string name) => Containers.FirstOrDefault(container => container.Name == name);

    /// <summary>Reads a pod.</summary>
    /// <param name="pod">The object of kind <c>Pod</c>.</param>
    public static PodFacts Read(JsonElement pod)
    {
        var metadata = pod.GetProperty("metadata");
        var status = Get(pod, "status");
        return new PodFacts
        {
            Name = metadata.GetProperty("name").GetString()!,
            Namespace = Text(metadata, "namespace") ?? string.Empty,
            Uid = Text(metadata, "uid") ?? string.Empty,
            KubernetesNode = Text(Get(pod, "spec"), "nodeName"),
            Address = IPAddress.TryParse(Text(status, "podIP"), out var address) ? address : null,
            SecondAddress = Items(status, "podIPs").Skip(1).Select(one => IPAddress.TryParse(Text(one, "ip"), out var second) ? second : null).FirstOrDefault(),
            Phase = Text(status, "phase") ?? "Unknown",
            Reason = Text(status, "reason"),
            Message = Text(status, "message"),
            Unschedulable = Items(status, "conditions").Where(condition => Text(condition, "type") == "PodScheduled" && Text(condition, "status") == "False")
                .Select(condition => Text(condition, "message")).FirstOrDefault(),
            IsTerminating = Text(metadata, "deletionTimestamp") is not null,
            IsReady = Items(status, "conditions").Any(condition => Text(condition, "type") == "Ready" && Text(condition, "status") == "True"),
            Labels = Get(metadata, "labels") is { ValueKind: JsonValueKind.Object } labels
                ? labels.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString() ?? string.Empty)
                : [],
            Containers = [.. Items(status, "containerStatuses").Select(ContainerFacts.Read)],
        };
    }

    /// <summary>Reads the pods of a list.</summary>
    /// <param name="list">The object of kind <c>List</c>.</param>
    public static IReadOnlyList<PodFacts> ReadList(JsonElement list) => [.. Items(list, "items").Select(Read)];

    internal static JsonElement Get(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    internal static string? Text(JsonElement element, string name) =>
        Get(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    internal static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        Get(element, name) is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray() : [];
}

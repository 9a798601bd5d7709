using System.Globalization;
using System.Text.Json;

namespace Validation.Environments.Cluster.Pods;

/// <summary>A container of a pod at one moment.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">The runtime's id, with the runtime's name before it: <c>containerd://0f3c…</c>. Null while it was never started.</param>
/// <param name="IsRunning">True when its process runs.</param>
/// <param name="IsReady">True when its readiness probe succeeds.</param>
/// <param name="Restarts">How often the kubelet has started it again.</param>
/// <param name="Waiting">Kubernetes' word for what it waits for: <c>CrashLoopBackOff</c>, <c>ImagePullBackOff</c>. Null when it does not wait.</param>
/// <param name="Trouble">The longer words for that, or how its last process ended.</param>
internal sealed record ContainerFacts(
    string Name, string? Id, bool IsRunning, bool IsReady, int Restarts, string? Waiting, string? Trouble)
{
    /// <summary>Reads a container's status.</summary>
    /// <param name="status">One of a pod's <c>containerStatuses</c>.</param>
    public static ContainerFacts Read(JsonElement status)
    {
        var state = PodFacts.Get(status, "state");
        var waiting = PodFacts.Get(state, "waiting");
        var ended = PodFacts.Get(state, "terminated");
        if (ended.ValueKind == JsonValueKind.Undefined)
        {
            ended = PodFacts.Get(PodFacts.Get(status, "lastState"), "terminated");
        }

        return new ContainerFacts(
            PodFacts.Text(status, "name") ?? string.Empty,
            PodFacts.Text(status, "containerID") is { Length: > 0 } id ? id : null,
            PodFacts.Get(state, "running").ValueKind == JsonValueKind.Object,
            PodFacts.Get(status, "ready").ValueKind == JsonValueKind.True,
            PodFacts.Get(status, "restartCount") is { ValueKind: JsonValueKind.Number } restarts ? restarts.GetInt32() : 0,
            PodFacts.Text(waiting, "reason"),
            PodFacts.Text(waiting, "message") ?? EndOf(ended));
    }

    private static string? EndOf(JsonElement ended) => ended.ValueKind != JsonValueKind.Object ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{PodFacts.Text(ended, "reason") ?? "ended"}, exit code {(PodFacts.Get(ended, "exitCode") is { ValueKind: JsonValueKind.Number } code ? code.GetInt32() : -1)}");
}

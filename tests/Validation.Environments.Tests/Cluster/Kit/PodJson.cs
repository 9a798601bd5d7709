using System.Text.Json;
using Validation.Environments.Cluster.Pods;

namespace Validation.Environments.Tests.Cluster.Kit;

/// <summary>Pods as the API server writes them.</summary>
internal sealed record PodJson(string Name, string Role)
{
    public string Uid { get; init; } = "uid-1";

    public string Node { get; init; } = "node-a";

    public string Address { get; init; } = "10.0.0.7";

    public string Container { get; init; } = "containerd://c1";

    public int Restarts { get; init; }

    public bool IsReady { get; init; } = true;

    public bool IsRunning { get; init; } = true;

    public bool IsTerminating { get; init; }

    public string Waiting { get; init; } = "CrashLoopBackOff";

    public string Text() => $$"""
        { "kind": "Pod",
          "metadata": { "name": "{{Name}}", "namespace": "spire-validation", "uid": "{{Uid}}", {{(IsTerminating ? "\"deletionTimestamp\": \"2026-01-01T00:00:00Z\"," : string.Empty)}}
            "labels": { "app.kubernetes.io/part-of": "validation", "validation/role": "{{Role}}" } },
          "spec": { "nodeName": "{{Node}}" },
          "status": { "phase": "Running", "podIP": "{{Address}}",
            "conditions": [ { "type": "Ready", "status": "{{(IsReady ? "True" : "False")}}" } ],
            "containerStatuses": [
              { "name": "relay", "containerID": "containerd://r1", "ready": true, "restartCount": 0, "state": { "running": {} } },
              { "name": "{{Role}}", "containerID": "{{Container}}", "ready": {{(IsReady ? "true" : "false")}}, "restartCount": {{Restarts}},
                "state": { {{(IsRunning ? "\"running\": {}" : $"\"waiting\": {{ \"reason\": \"{Waiting}\" }}")}} },
                "lastState": { {{(Restarts > 0 || !IsRunning ? "\"terminated\": { \"reason\": \"Error\", \"exitCode\": 137 }" : string.Empty)}} } } ] } }
        """;

    public PodFacts Facts()
    {
        using var document = JsonDocument.Parse(Text());
        return PodFacts.Read(document.RootElement);
    }
}

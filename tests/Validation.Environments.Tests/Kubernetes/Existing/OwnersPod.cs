using System.Text.Json;
using Validation.Environments.Cluster.Pods;

namespace Validation.Environments.Tests.Kubernetes.Existing;

/// <summary>A pod of somebody else's, as the API server writes it: with none of the harness' labels.</summary>
internal sealed record OwnersPod(string Name)
{
    public string Uid { get; init; } = "uid-1";

    public string? Node { get; init; } = "node-a";

    public string Address { get; init; } = "10.0.0.7";

    public string Image { get; init; } = "ghcr.io/spiffe/spire-server:1.12.4";

    public string[] Containers { get; init; } = ["spire-server"];

    public string ContainerId { get; init; } = "containerd://c1";

    /// <summary>Gets the kind and the name of what makes it anew; empty for nothing.</summary>
    public string Owner { get; init; } = "StatefulSet/server";

    public bool IsReady { get; init; } = true;

    public bool IsTerminating { get; init; }

    public static string List(params IEnumerable<OwnersPod> pods) => $$"""{ "kind": "List", "items": [ {{string.Join(", ", pods.Select(pod => pod.Text()))}} ] }""";

    public string Text() => JsonSerializer.Serialize(new
    {
        kind = "Pod",
        metadata = new
        {
            name = Name,
            @namespace = "spire",
            uid = Uid,
            deletionTimestamp = IsTerminating ? "2026-01-01T00:00:00Z" : null,
            ownerReferences = Owner.Split('/') is [var kind, var name] ? new[] { new { kind, name, controller = true } } : [],
        },
        spec = new { nodeName = Node, containers = Containers.Select(name => new { name, image = Image }) },
        status = new
        {
            phase = "Running",
            podIP = Address,
            conditions = new[] { new { type = "Ready", status = IsReady ? "True" : "False" } },
            containerStatuses = Containers.Select(name => new { name, containerID = ContainerId, ready = IsReady, restartCount = 0, state = new { running = new { } } }),
        },
    });

    public PodFacts Facts()
    {
        using var document = JsonDocument.Parse(Text());
        return PodFacts.Read(document.RootElement);
    }
}

using System.Text.Json;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Cordons;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Local.World;

namespace Validation.Environments.Cluster;

/// <summary>What faults change in the API server's objects: numbers of pods, NetworkPolicies, marks of cut pods, cordons; and how many primaries there are.</summary>
/// <remarks>Rules inside of pods are leases of seconds, which each fault proves to be over.</remarks>
internal sealed class ClusterWorld(IKubectl kubectl)
{
    private const string None = "none";

    /// <summary>Gets the command that reads the objects.</summary>
    public static KubectlCommand Look { get; } =
        KubectlCommand.Read("get", "statefulsets,networkpolicies,pods", $"--selector={ClusterNames.OfHarness}", "-o", "json");

    /// <summary>Reads it.</summary>
    /// <param name="members">The database's members.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HarnessException">The API server did not answer.</exception>
    public async Task<IReadOnlyDictionary<string, string>> ReadAsync(IReadOnlyCollection<DatabaseMember> members, CancellationToken cancellationToken)
    {
        var objects = PodFacts.Items(await kubectl.ReadJsonAsync(Look, cancellationToken), "items").ToLookup(one => PodFacts.Text(one, "kind"));
        var world = objects["StatefulSet"].ToDictionary(
            set => $"number of pods of {NameOf(set)}",
            set => PodFacts.Get(PodFacts.Get(set, "spec"), "replicas") is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : "1");
        world["network policies"] = Names(objects["NetworkPolicy"]);
        world["pods that a policy cuts off"] = Names(objects["Pod"].Where(IsCut));
        world["cordoned Kubernetes nodes"] = Join(await new CordonMarks(kubectl).FindAsync(cancellationToken));
        return world.Concat(DatabaseWorld.Primaries(members)).ToDictionary();
    }

    private static bool IsCut(JsonElement pod) => PodFacts.Text(PodFacts.Get(PodFacts.Get(pod, "metadata"), "labels"), ClusterNames.CutLabel) is not null;

    private static string NameOf(JsonElement found) => PodFacts.Text(PodFacts.Get(found, "metadata"), "name") ?? string.Empty;

    private static string Names(IEnumerable<JsonElement> found) => Join(found.Select(NameOf));

    private static string Join(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal)) is { Length: > 0 } joined ? joined : None;
}

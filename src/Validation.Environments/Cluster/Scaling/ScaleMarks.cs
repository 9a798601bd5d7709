using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Scaling;

/// <summary>Takes pods away from a StatefulSet of somebody else's and gives them back.</summary>
/// <remarks>
/// The number of replicas outlives the harness. So the number that there was is written on the object in the same patch that
/// changes it, and removed in the one that restores it; each patch names the version of the object that was looked at.
/// </remarks>
internal sealed class ScaleMarks
{
    private const string Kind = "statefulset";

    private readonly IKubectl _kubectl;

    /// <summary>Creates it.</summary>
    /// <param name="kubectl">For the StatefulSets' namespace.</param>
    public ScaleMarks(IKubectl kubectl) => _kubectl = kubectl;

    /// <summary>Gets the command that finds the StatefulSets from which runs have taken pods.</summary>
    public static KubectlCommand Find { get; } = KubectlCommand.Read("get", "statefulsets", $"--selector={ClusterNames.ScaledLabel}", "-o", "name");

    /// <summary>Returns the command that reads a StatefulSet.</summary>
    /// <param name="set">Its name.</param>
    public static KubectlCommand Look(string set) => KubectlCommand.Find(Kind, set);

    /// <summary>Returns the command that takes pods away and marks that.</summary>
    /// <param name="set">The StatefulSet.</param>
    /// <param name="version">The version of the object that was looked at.</param>
    /// <param name="replicas">How many pods it shall have.</param>
    /// <param name="from">How many it has.</param>
    /// <param name="run">The run.</param>
    public static KubectlCommand Lower(string set, string version, int replicas, int from, string run) =>
        Patch(set, version, replicas, from.ToString(CultureInfo.InvariantCulture), run);

    /// <summary>Returns the command that gives the pods back and removes the mark.</summary>
    /// <param name="set">The StatefulSet.</param>
    /// <param name="version">The version of the object that was looked at.</param>
    /// <param name="from">How many pods it had.</param>
    public static KubectlCommand Restore(string set, string version, int from) => Patch(set, version, from, null, null);

    /// <summary>Returns the names of the StatefulSets that carry the mark.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    public Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellationToken) => _kubectl.ListNamesAsync(Find, cancellationToken);

    /// <summary>Takes pods away.</summary>
    /// <param name="set">The StatefulSet.</param>
    /// <param name="from">How many pods the stack was found with.</param>
    /// <param name="replicas">How many shall stay.</param>
    /// <param name="run">The run, which is written beside the mark.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">It has another number of replicas, a run has scaled it already, or the API server refused.</exception>
    public async Task LowerAsync(string set, int from, int replicas, string run, CancellationToken cancellationToken)
    {
        var done = await _kubectl.ChangeAsync(
            Kind,
            set,
            found => ReplicasOf(found) == from && MarkOf(found) is null ? Lower(set, KubectlExtensions.VersionOf(found), replicas, from, run) : null,
            cancellationToken);
        if (!done)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"StatefulSet {set} does not have {from} replicas any more, or another run has scaled it; nothing was changed.");
        }
    }

    /// <summary>Gives back what a run has taken away from a StatefulSet that still carries the mark; any other is left as it is.</summary>
    /// <param name="set">The StatefulSet.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>False when it did not carry the mark.</returns>
    /// <exception cref="HarnessException">The API server refused.</exception>
    public Task<bool> RestoreAsync(string set, CancellationToken cancellationToken) => _kubectl.ChangeAsync(
        Kind, set, found => MarkOf(found) is { } from ? Restore(set, KubectlExtensions.VersionOf(found), from) : null, cancellationToken);

    private static int? ReplicasOf(JsonElement found) =>
        PodFacts.Get(PodFacts.Get(found, "spec"), "replicas") is { ValueKind: JsonValueKind.Number } replicas ? replicas.GetInt32() : null;

    private static int? MarkOf(JsonElement found) =>
        int.TryParse(
            PodFacts.Text(PodFacts.Get(PodFacts.Get(found, "metadata"), "labels"), ClusterNames.ScaledLabel), NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            ? from
            : null;

    // In a merge patch, null removes.
    private static KubectlCommand Patch(string set, string version, int replicas, string? mark, string? run)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = version,
                ["labels"] = new JsonObject { [ClusterNames.ScaledLabel] = mark },
                ["annotations"] = new JsonObject { [ClusterNames.RunLabel] = run },
            },
            ["spec"] = new JsonObject { ["replicas"] = replicas },
        };
        return KubectlCommand.Write("patch", Kind, set, "--type=merge", $"--patch={patch.ToJsonString()}");
    }
}

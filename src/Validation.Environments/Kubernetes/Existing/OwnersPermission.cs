using System.Text.Json;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Pods;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>What the owner of a namespace says about it, with a label that nobody sets by accident.</summary>
/// <remarks>
/// Not the label of the harness' own namespaces: whatever is in those may be deleted. Nothing is deleted in one that
/// carries this label, except what a fault deletes that the environment file permits.
/// </remarks>
internal static class OwnersPermission
{
    /// <summary>The label of a namespace with a stack that is there already.</summary>
    public const string Label = ClusterNames.ExistingStackLabel;

    /// <summary>The value that permits load, and nothing else.</summary>
    public const string Load = "load";

    /// <summary>The value that permits load and faults.</summary>
    public const string Faults = "faults";

    /// <summary>Returns what a namespace permits.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="found">The object of kind <c>Namespace</c>; null when there is none.</param>
    /// <returns><see cref="Load"/> or <see cref="Faults"/>.</returns>
    /// <exception cref="HarnessException">It permits nothing.</exception>
    public static string Require(string name, JsonElement? found)
    {
        if (found is not { } space)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"There is no namespace '{name}'; nothing was changed.");
        }

        var metadata = PodFacts.Get(space, "metadata");
        if (PodFacts.Text(metadata, "deletionTimestamp") is not null)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"namespace '{name}' is being deleted; nothing was changed.");
        }

        var said = PodFacts.Text(PodFacts.Get(metadata, "labels"), Label);
        return said is Load or Faults ? said : throw new HarnessException(
            ExitCode.EnvironmentFailed,
            said is null
                ? $"namespace '{name}' does not carry the label {Label}; its owner has permitted nothing, and nothing was changed."
                : $"namespace '{name}' has the label {Label}={said}.{NearestWord.Suggestion(said, [Load, Faults])} Allowed is {Load}, {Faults}; nothing was changed.",
            $"If it may be put under load: kubectl label namespace {name} {Label}={Load}. With {Label}={Faults} its pods may be broken too, by the faults that the environment file permits.");
    }
}

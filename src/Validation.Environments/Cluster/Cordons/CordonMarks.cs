using System.Text.Json;
using System.Text.Json.Nodes;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Cordons;

/// <summary>Closes Kubernetes nodes to new pods and opens them again, those alone that carry this namespace's mark.</summary>
/// <remarks>
/// A cordon is a state of the cluster that outlives the harness. So the mark is written in the same patch that closes the
/// Kubernetes node, and removed in the one that opens it: there is no moment at which it is closed and nobody knows by whom.
/// Each patch names the version of the object that was looked at, so whatever somebody else did in between is not overwritten.
/// </remarks>
internal sealed class CordonMarks
{
    private const string Kind = "node";

    private readonly IKubectl _kubectl;

    /// <summary>Creates it.</summary>
    /// <param name="kubectl">For the stack's namespace.</param>
    public CordonMarks(IKubectl kubectl) => _kubectl = kubectl;

    private string Namespace => _kubectl.Target.Namespace;

    /// <summary>Returns the command that finds the Kubernetes nodes that runs in a namespace have closed.</summary>
    /// <param name="namespace">The stack's namespace.</param>
    public static KubectlCommand Find(string @namespace) =>
        KubectlCommand.Read("get", "nodes", $"--selector={ClusterNames.CordonedLabel}={@namespace}", "-o", "name");

    /// <summary>Returns the command that reads a Kubernetes node.</summary>
    /// <param name="kubernetesNode">Its name.</param>
    public static KubectlCommand Look(string kubernetesNode) => KubectlCommand.Find(Kind, kubernetesNode);

    /// <summary>Returns the command that closes a Kubernetes node and marks it.</summary>
    /// <param name="kubernetesNode">Its name.</param>
    /// <param name="version">The version of the object that was looked at.</param>
    /// <param name="namespace">The stack's namespace.</param>
    /// <param name="run">The run.</param>
    public static KubectlCommand Close(string kubernetesNode, string version, string @namespace, string run) =>
        Patch(kubernetesNode, version, @namespace, run, isClosed: true);

    /// <summary>Returns the command that opens a Kubernetes node and removes the mark.</summary>
    /// <param name="kubernetesNode">Its name.</param>
    /// <param name="version">The version of the object that was looked at.</param>
    public static KubectlCommand Open(string kubernetesNode, string version) => Patch(kubernetesNode, version, null, null, isClosed: null);

    /// <summary>Tells whether a Kubernetes node carries the mark of a namespace.</summary>
    /// <param name="kubernetesNode">The object of kind <c>Node</c>.</param>
    /// <param name="namespace">The stack's namespace.</param>
    public static bool IsMarked(JsonElement kubernetesNode, string @namespace) =>
        PodFacts.Text(PodFacts.Get(PodFacts.Get(kubernetesNode, "metadata"), "labels"), ClusterNames.CordonedLabel) == @namespace;

    /// <summary>Tells whether a Kubernetes node is closed to new pods.</summary>
    /// <param name="kubernetesNode">The object of kind <c>Node</c>.</param>
    public static bool IsClosed(JsonElement kubernetesNode) =>
        PodFacts.Get(PodFacts.Get(kubernetesNode, "spec"), "unschedulable").ValueKind == JsonValueKind.True;

    /// <summary>Returns the names of the Kubernetes nodes that carry the mark.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    public Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellationToken) => _kubectl.ListNamesAsync(Find(Namespace), cancellationToken);

    /// <summary>Asks the API server whether a Kubernetes node is closed to new pods.</summary>
    /// <param name="kubernetesNode">Its name.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<bool> AskClosedAsync(string kubernetesNode, CancellationToken cancellationToken) =>
        await _kubectl.FindAsync(Kind, kubernetesNode, cancellationToken) is { } found && IsClosed(found);

    /// <summary>Closes a Kubernetes node.</summary>
    /// <param name="kubernetesNode">Its name.</param>
    /// <param name="run">The run, which is written beside the mark.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>False when it is closed already, or is not there.</returns>
    /// <exception cref="HarnessException">The API server refused.</exception>
    public Task<bool> CloseAsync(string kubernetesNode, string run, CancellationToken cancellationToken) => _kubectl.ChangeAsync(
        Kind,
        kubernetesNode,
        found => IsClosed(found) ? null : Close(kubernetesNode, KubectlExtensions.VersionOf(found), Namespace, run),
        cancellationToken);

    /// <summary>Opens a Kubernetes node that still carries the mark; any other is left as it is.</summary>
    /// <param name="kubernetesNode">Its name.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>False when it did not carry the mark.</returns>
    /// <exception cref="HarnessException">The API server refused.</exception>
    public Task<bool> OpenAsync(string kubernetesNode, CancellationToken cancellationToken) => _kubectl.ChangeAsync(
        Kind,
        kubernetesNode,
        found => IsMarked(found, Namespace) ? Open(kubernetesNode, KubectlExtensions.VersionOf(found)) : null,
        cancellationToken);

    // In a merge patch, null removes.
    private static KubectlCommand Patch(string kubernetesNode, string version, string? mark, string? run, bool? isClosed)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = version,
                ["labels"] = new JsonObject { [ClusterNames.CordonedLabel] = mark },
                ["annotations"] = new JsonObject { [ClusterNames.RunLabel] = run },
            },
            ["spec"] = new JsonObject { ["unschedulable"] = isClosed },
        };
        return KubectlCommand.Write("patch", Kind, kubernetesNode, "--type=merge", $"--patch={patch.ToJsonString()}");
    }
}

using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Nodes and the pods that they were before a fault replaced those. Shared by the faults that replace pods.</summary>
internal static class ReplacedPods
{
    /// <summary>How long it usually takes until another pod is ready in the place of one that is gone.</summary>
    public static readonly TimeSpan UsualReturn = TimeSpan.FromMinutes(1);

    /// <summary>Returns the pod that a node is right now.</summary>
    /// <param name="node">The node.</param>
    /// <exception cref="HarnessException">It has none.</exception>
    public static string UidOf(IPod node) => node.PodUid ?? throw new HarnessException(
        ExitCode.EnvironmentFailed, $"{node.Name} had no pod before anything was done: {Describe(node)}.");

    /// <summary>Tells whether the API server still has a pod.</summary>
    /// <param name="node">The node that was in it.</param>
    /// <param name="uid">The pod.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public static async Task<bool> IsThereAsync(IPod node, string uid, CancellationToken cancellationToken) =>
        // What is seen without asking comes first: a question costs a process, and proofs are looked for ten times a second.
        node.PodUid == uid || await node.HasPodAsync(uid, cancellationToken);

    /// <summary>Looks whether every node is ready in another pod than before.</summary>
    /// <param name="before">The nodes and their pods before.</param>
    public static Proof ProveReadyInOthers(IEnumerable<(IPod Node, string Uid)> before)
    {
        (IPod Node, string Uid)[] all = [.. before];
        var late = all.FirstOrDefault(one => one.Node.PodUid is null || one.Node.PodUid == one.Uid || one.Node.Status.State != NodeState.Ready);
        return late.Node is null
            ? Proof.Proven($"{Names(all.Select(one => one.Node))} ready, each in another pod than before.")
            : Proof.NotYet($"{late.Node.Name} is {Describe(late.Node)}{(late.Node.PodUid == late.Uid ? ", in the same pod as before" : string.Empty)}.");
    }

    /// <summary>Returns in a few words what a node is doing.</summary>
    /// <param name="node">The node.</param>
    public static string Describe(INode node) =>
        $"{node.Status.State}{(node.Status.Reason is { } reason ? $" ({reason})" : string.Empty)}";

    /// <summary>Returns the names of nodes.</summary>
    /// <param name="nodes">The nodes.</param>
    public static string Names(IEnumerable<INode> nodes) => string.Join(", ", nodes.Select(node => node.Name));
}

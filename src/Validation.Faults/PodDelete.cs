using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Deletes the pods of the target nodes. Whoever owns them, a StatefulSet, a DaemonSet or a Deployment, makes others.</summary>
/// <remarks>
/// Unlike <c>kill</c>, which ends processes in a pod that stays, this takes the pod away with its address and its data
/// on <c>emptyDir</c> volumes, and the scheduler chooses a Kubernetes node anew.
/// </remarks>
public sealed class PodDelete : IFaultInjector
{
    private static readonly TimeSpan LongestGrace = TimeSpan.FromMinutes(5);

    private static readonly Parameter<TimeSpan> Grace = Parameters.Duration(
        "grace",
        "How long the pod's processes may take to end; 0s deletes the pod from the API server at once, by force.",
        TimeSpan.Zero,
        LongestGrace,
        TimeSpan.FromSeconds(30));

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "pod-delete",
        Summary = "Deletes the nodes' pods; their owners make others, with other addresses and empty data.",
        Proof = "In force when the API server has no pods of these ids any more; over when each node is ready in another pod.",
        Parameters = [CommonParameters.Target, Grace],
        ProofLimits = new ProofLimits { Injected = LongestGrace + TimeSpan.FromMinutes(1), Healed = TimeSpan.FromMinutes(4) },
        TakesTargetsAway = true,
        Return = ReplacedPods.UsualReturn,
        NodesMust = [typeof(IPod)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var nodes = order.NodesOf<IPod>(CommonParameters.Target);
        foreach (var node in nodes)
        {
            // All or none: a fault that could hit only some of its targets would be another one.
            ReplacedPods.UidOf(node);
        }

        var uids = await Task.WhenAll(nodes.Select(node => node.DeletePodAsync(order.Get(Grace), cancellationToken)));
        return new DeletedPods([.. nodes.Zip(uids)]);
    }

    private sealed class DeletedPods(IReadOnlyList<(IPod Node, string Uid)> deleted) : IInjection
    {
        public TimeSpan Length => TimeSpan.Zero;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            foreach (var (node, uid) in deleted)
            {
                if (await ReplacedPods.IsThereAsync(node, uid, cancellationToken))
                {
                    return Proof.NotYet($"The API server still has the pod of {node.Name}.");
                }
            }

            return Proof.Proven($"{ReplacedPods.Names(deleted.Select(one => one.Node))} deleted; the API server has no pods of these ids any more.");
        }

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) =>
            Task.FromResult(deleted.FirstOrDefault(one => one.Node.PodUid == one.Uid) is { Node: { } back }
                ? Proof.NotYet($"{back.Name} is still seen in the pod that was deleted.")
                : Proof.Proven("What was deleted stays away; their owners make others."));

        public Task HealAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => Task.FromResult(ReplacedPods.ProveReadyInOthers(deleted));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

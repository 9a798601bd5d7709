using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Kills the target nodes and freezes them as soon as they are started again: they exist, and listen to nobody.</summary>
/// <remarks>
/// A node that hangs like this was never ready in its new incarnation, unlike a paused one, whose connections stay open.
/// The environment does not ask frozen nodes how they are, so no liveness probe ends it early.
/// </remarks>
public sealed class HangOnStart : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "hang-on-start",
        Summary = "Ends every process of the nodes with SIGKILL, starts them again and freezes them with SIGSTOP before they are ready.",
        Proof = "In force when a new incarnation that was never ready has every process stopped, to the end; over when it is ready.",
        TakesTargetsAway = true,
        Parameters = [CommonParameters.Target, CommonParameters.For],
        NodesMust = [typeof(IKillable), typeof(IPausable)],
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf<IKillable>(CommonParameters.Target), async node =>
        {
            var length = order.Get(CommonParameters.For);
            try
            {
                await node.KillAsync(holdDown: true, cancellationToken);
            }
            finally
            {
                await node.ReleaseAsync(CancellationToken.None);
            }

            var wasReady = node.Status.State == NodeState.Ready;
            var frozen = await ((IPausable)node).PauseAsync(Pause.Lease(length), cancellationToken);
            return new HangingNode((IPausable)node, frozen, wasReady, length);
        });

    private sealed class HangingNode(IPausable node, SignalReceipt frozen, bool wasReady, TimeSpan length) : IInjection
    {
        public TimeSpan Length => length;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) =>
            frozen.Processes == 0 ? Proof.Refuted($"{node.Name} had no process to freeze after its start.")
            : wasReady ? Proof.Refuted($"{node.Name} was ready before it could be frozen.")
            : await node.IsFrozenAsync(cancellationToken)
                ? Proof.Proven($"{node.Name} was started again and hangs: {frozen.Processes} processes, all of them stopped.")
                : Proof.NotYet($"Not every process of {node.Name} is stopped yet.");

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) =>
            node.Status.Incarnation == frozen.Incarnation && await node.IsFrozenAsync(cancellationToken)
                ? Proof.Proven($"{node.Name} still hung at the end.")
                : Proof.Refuted($"{node.Name} was woken or ended before its time.");

        public Task HealAsync(CancellationToken cancellationToken) => node.ResumeAsync(cancellationToken);

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => Task.FromResult(node.Status.State == NodeState.Ready
            ? Proof.Proven($"{node.Name} ready after {Core.Duration.Format(length)} of hanging.")
            : Proof.NotYet($"{node.Name} is {node.Status.State}."));

        public async ValueTask DisposeAsync() => await HealAsync(CancellationToken.None);
    }
}

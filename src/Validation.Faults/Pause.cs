using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Freezes every process of the target nodes with SIGSTOP: they hang, and their connections stay open.</summary>
public sealed class Pause : IFaultInjector
{
    // The environment wakes the node by itself when the harness did not, this long after the fault should have ended.
    private static readonly TimeSpan LeaseBeyondEnd = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "pause",
        Summary = "Freezes every process of the nodes with SIGSTOP; connections stay open and nothing answers.",
        Proof = "In force when the kernel shows every process as stopped; over when none is and the node is ready.",
        Parameters = [CommonParameters.Target, CommonParameters.For],
        NodesMust = [typeof(IPausable)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var length = order.Get(CommonParameters.For);
        var nodes = order.NodesOf<IPausable>(CommonParameters.Target);
        var receipts = await Task.WhenAll(nodes.Select(node => node.PauseAsync(length + LeaseBeyondEnd, cancellationToken)));
        return new FrozenNodes(length, nodes.Zip(receipts));
    }

    private sealed class FrozenNodes : IInjection
    {
        private readonly IReadOnlyList<(IPausable Node, SignalReceipt Receipt)> _hit;

        public FrozenNodes(TimeSpan length, IEnumerable<(IPausable Node, SignalReceipt Receipt)> hit) => (Length, _hit) = (length, [.. hit]);

        public TimeSpan Length { get; }

        private string Names => string.Join(", ", _hit.Select(hit => $"{hit.Node.Name} ({hit.Receipt.Processes} processes)"));

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => Task.FromResult(
            _hit.FirstOrDefault(hit => hit.Receipt.Processes == 0) is { Node: { } missed }
                ? Proof.Refuted($"{missed.Name} had no process to freeze; it was {missed.Status.State}.")
                : _hit.All(hit => hit.Node.IsFrozen())
                    ? Proof.Proven($"{Names} frozen; the kernel shows every process as stopped.")
                    : Proof.NotYet("Not every process is stopped yet."));

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => Task.FromResult(
            _hit.FirstOrDefault(hit => !hit.Node.IsFrozen() || hit.Node.Status.Incarnation != hit.Receipt.Incarnation) is { Node: { } awake }
                ? Proof.Refuted($"{awake.Name} was woken or ended before its time.")
                : Proof.Proven("Every process was still stopped at the end."));

        public async Task HealAsync(CancellationToken cancellationToken)
        {
            foreach (var (node, _) in _hit)
            {
                await node.ResumeAsync(cancellationToken);
            }
        }

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => Task.FromResult(
            _hit.FirstOrDefault(hit => hit.Node.IsFrozen() || hit.Node.Status.State != NodeState.Ready) is { Node: { } waiting }
                ? Proof.NotYet($"{waiting.Name} is {waiting.Status.State}.")
                : Proof.Proven($"{string.Join(", ", _hit.Select(hit => hit.Node.Name))} awake and ready."));

        public async ValueTask DisposeAsync() => await HealAsync(CancellationToken.None);
    }
}

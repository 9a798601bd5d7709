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
        TakesTargetsAway = true,
        Parameters = [CommonParameters.Target, CommonParameters.For],
        NodesMust = [typeof(IPausable)],
    };

    /// <summary>Returns after which time the environment wakes a frozen node by itself.</summary>
    /// <param name="length">The fault's length.</param>
    internal static TimeSpan Lease(TimeSpan length) => length + LeaseBeyondEnd;

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var length = order.Get(CommonParameters.For);
        var nodes = order.NodesOf<IPausable>(CommonParameters.Target);
        var receipts = await Task.WhenAll(nodes.Select(node => node.PauseAsync(Lease(length), cancellationToken)));
        return new FrozenNodes(length, nodes.Zip(receipts));
    }

    private sealed class FrozenNodes : IInjection
    {
        private readonly IReadOnlyList<(IPausable Node, SignalReceipt Receipt)> _hit;

        public FrozenNodes(TimeSpan length, IEnumerable<(IPausable Node, SignalReceipt Receipt)> hit) => (Length, _hit) = (length, [.. hit]);

        public TimeSpan Length { get; }

        private string Names => string.Join(", ", _hit.Select(hit => $"{hit.Node.Name} ({hit.Receipt.Processes} processes)"));

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            if (_hit.FirstOrDefault(hit => hit.Receipt.Processes == 0) is { Node: { } missed })
            {
                return Proof.Refuted($"{missed.Name} had no process to freeze; it was {missed.Status.State}.");
            }

            foreach (var (node, _) in _hit)
            {
                if (!await node.IsFrozenAsync(cancellationToken))
                {
                    return Proof.NotYet($"Not every process of {node.Name} is stopped yet.");
                }
            }

            return Proof.Proven($"{Names} frozen; the kernel shows every process as stopped.");
        }

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            foreach (var (node, receipt) in _hit)
            {
                if (node.Status.Incarnation != receipt.Incarnation || !await node.IsFrozenAsync(cancellationToken))
                {
                    return Proof.Refuted($"{node.Name} was woken or ended before its time.");
                }
            }

            return Proof.Proven("Every process was still stopped at the end.");
        }

        public async Task HealAsync(CancellationToken cancellationToken)
        {
            foreach (var (node, _) in _hit)
            {
                await node.ResumeAsync(cancellationToken);
            }
        }

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            foreach (var (node, _) in _hit)
            {
                if (node.Status.State != NodeState.Ready || await node.IsFrozenAsync(cancellationToken))
                {
                    return Proof.NotYet($"{node.Name} is {node.Status.State}.");
                }
            }

            return Proof.Proven($"{string.Join(", ", _hit.Select(hit => hit.Node.Name))} awake and ready.");
        }

        public async ValueTask DisposeAsync() => await HealAsync(CancellationToken.None);
    }
}

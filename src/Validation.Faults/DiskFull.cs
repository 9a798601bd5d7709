using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Leaves no space in the target nodes' file systems. What a node deletes it can use again.</summary>
public sealed class DiskFull : IFaultInjector
{
    // As large as a segment of PostgreSQL's write-ahead log: what little a node has deleted meanwhile does not count as space.
    private const long ProbeBytes = 16 * 1024 * 1024;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "disk-full",
        Summary = "Leaves no space in the nodes' own file systems.",
        Proof = "In force, to the end, while a file of 16 MiB cannot be written there for want of space; over when it can, the node is ready and, for a database node, a write is acknowledged.",
        Changes = _ => "the disk",
        Parameters = [CommonParameters.Target, CommonParameters.For],
        ProofLimits = new ProofLimits { Healed = TimeSpan.FromSeconds(120) },
        NodesMust = [typeof(IStorageControl)],
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf<IStorageControl>(CommonParameters.Target), async node =>
        {
            var length = order.Get(CommonParameters.For);
            return new FullNode(order.Stack, node, await node.FillAsync(Pause.Lease(length), cancellationToken), length);
        });

    private sealed class FullNode(IStack stack, IStorageControl node, IAsyncDisposable full, TimeSpan length) : IInjection
    {
        private readonly Reversal _reversal = new(_ => full.DisposeAsync().AsTask());

        public TimeSpan Length => length;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) =>
            await node.TryWriteAsync(ProbeBytes, cancellationToken)
                ? Proof.NotYet($"A file of 16 MiB can be written on {node.Name}.")
                : Proof.Proven($"A file of 16 MiB cannot be written on {node.Name}: no space left.");

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveInjectedAsync(cancellationToken);

        public Task HealAsync(CancellationToken cancellationToken) => _reversal.TryAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) =>
            await _reversal.TryAsync(cancellationToken)
            ?? (!await node.TryWriteAsync(ProbeBytes, cancellationToken) ? Proof.NotYet($"There is still no space on {node.Name}.")
                : node.Status.State != NodeState.Ready ? Proof.NotYet($"{node.Name} is {node.Status.State}.")
                : node.Role != Roles.Postgres ? Proof.Proven($"A file of 16 MiB can be written on {node.Name}, and it is ready.")
                : await ((IDatabaseCluster)stack).TryWriteAsync(cancellationToken) ? Proof.Proven($"A file of 16 MiB can be written on {node.Name}, and the database acknowledges writes.")
                : Proof.NotYet("The database takes no writes yet."));

        public async ValueTask DisposeAsync() => await _reversal.TryAsync(CancellationToken.None);
    }
}

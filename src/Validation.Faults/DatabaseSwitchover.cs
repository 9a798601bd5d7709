using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Moves the database's primary role to a replica in good order, as before planned maintenance.</summary>
public sealed class DatabaseSwitchover : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "database-switchover",
        Summary = "Moves the database's primary role to a replica in good order; the old primary stays up as a replica.",
        Proof = "In force when the old primary has lost its role or takes no writes; over when the other node is primary on a new timeline, the old one follows it, and a write is acknowledged.",
        Return = TimeSpan.FromSeconds(15),
        Changes = _ => "the database's roles",
        Parameters = [],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromSeconds(30) },
        StackMust = [typeof(IDatabaseCluster)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var cluster = (IDatabaseCluster)order.Stack;
        var change = await PrimaryChange.BeginAsync(cluster, cancellationToken);
        var candidate = change.Before.FirstOrDefault(member => member.Role == DatabaseRole.Replica)?.Node
            ?? throw new HarnessException(ExitCode.EnvironmentFailed, "There is no replica that could take over: " + PrimaryChange.Describe(change.Before));

        // The cluster manager answers when everything is over; the window has to begin when the first write is refused.
        return new Switchover(change, cluster.SwitchoverAsync(change.Old.Node, candidate, cancellationToken));
    }

    private sealed class Switchover(PrimaryChange change, Task asked) : IInjection
    {
        public TimeSpan Length => TimeSpan.Zero;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) =>
            Refusal() ?? await change.ProveOldLostItsRoleAsync(cancellationToken);

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) =>
            Refusal() ?? await change.ProvePromotedAsync(cancellationToken);

        public Task HealAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => change.ProveSettledAsync(cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Proof? Refusal() => asked.IsFaulted ? Proof.Refuted(asked.Exception.InnerException!.Message) : null;
    }
}

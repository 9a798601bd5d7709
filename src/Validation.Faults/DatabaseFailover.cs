using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Kills the database's primary and keeps it down until another node has been promoted.</summary>
/// <remarks>
/// The whole node is killed, cluster manager included, as when a machine is lost: the leader lock has to run out. It is
/// released when another node took over, and comes back as a replica.
/// </remarks>
public sealed class DatabaseFailover : IFaultInjector
{
    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public DatabaseFailover(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "database-failover",
        Summary = "Kills the database's primary with its cluster manager and keeps it down until another node is promoted.",
        Proof = "In force when the processes of the primary are gone; it held when another node was promoted to a later timeline; over when the old primary follows the new one and a write is acknowledged.",
        TakesAway = Selector.DatabasePrimary,
        Return = TimeSpan.FromSeconds(30),
        Changes = _ => "the database's roles",
        Parameters = [],
        ProofLimits = new ProofLimits { Held = TimeSpan.FromSeconds(90), Healed = TimeSpan.FromSeconds(120) },
        StackMust = [typeof(IDatabaseCluster)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var change = await PrimaryChange.BeginAsync((IDatabaseCluster)order.Stack, cancellationToken);
        if (change.Old.Node is not IKillable primary)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"{change.Old.Node.Name} cannot {CapabilityNames.Of(typeof(IKillable))}.");
        }

        var since = _time.GetTimestamp();
        var receipt = await primary.KillAsync(holdDown: true, cancellationToken);
        return new Failover(change, new DownNodes("killed", TimeSpan.Zero, [(primary, receipt)]), () => _time.GetElapsedTime(since));
    }

    private sealed class Failover(PrimaryChange change, DownNodes down, Func<TimeSpan> sinceKill) : IInjection
    {
        private TimeSpan? _promotedAfter;

        public TimeSpan Length => TimeSpan.Zero;

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => down.ProveInjectedAsync(cancellationToken);

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            var promoted = await change.ProvePromotedAsync(cancellationToken);
            if (promoted.State != ProofState.Proven)
            {
                return promoted;
            }

            _promotedAfter ??= sinceKill();
            return promoted with { Statement = $"{promoted.Statement} It took {Duration.Format(_promotedAfter.Value)}." };
        }

        public Task HealAsync(CancellationToken cancellationToken) => down.HealAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var ready = await down.ProveHealedAsync(cancellationToken);
            return ready.State == ProofState.Proven ? await change.ProveSettledAsync(cancellationToken) : ready;
        }

        public ValueTask DisposeAsync() => down.DisposeAsync();
    }
}

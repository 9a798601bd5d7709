using System.Globalization;
using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Freezes the cluster manager of the database's primary, so that another node is promoted while the old one goes on.</summary>
/// <remarks>
/// The leader lock runs out, and nobody tells the old primary. What keeps it from acknowledging writes is that their commits wait
/// for a standby that has left. Whether it acknowledges none, and who is the primary at the end, is for invariants; the proofs say
/// only that there were two, and that there is one. Patroni 3.0.2 may take the lock back when it wakes: it writes the key
/// without a look at whose it is (patroni/patroni#2689), and then names no synchronous standby any more. Where that is not the
/// question, let its node be ended and start anew, as a liveness probe or a watchdog would.
/// </remarks>
public sealed class TwoLeaders : IFaultInjector
{
    private static readonly Parameter<Way> Ends = Parameters.Choice("ends", "How the frozen cluster manager comes back.", Way.Awake);

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public TwoLeaders(TimeProvider time) => _time = time;

    /// <summary>The ways in which a frozen cluster manager comes back.</summary>
    internal enum Way
    {
        /// <summary>It goes on where it was, and still believes what it believed.</summary>
        Awake,

        /// <summary>Every process of its node is ended with SIGKILL, and it starts anew.</summary>
        Anew,
    }

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "two-leaders",
        Summary = "Freezes the cluster manager of the database's primary and nothing else: another node is promoted, and the old one still believes it is the primary.",
        Proof = "In force when another node was promoted and both say that they are not in recovery, to the end, while writes are tried at the old one; over when one alone says so, takes writes, the others stream from it, and one of them is the synchronous standby again.",
        TakesAway = Selector.DatabasePrimary,
        Return = TimeSpan.FromSeconds(30),
        Changes = _ => "the database's roles",
        Parameters = [Ends, CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromSeconds(60), Healed = TimeSpan.FromSeconds(120) },
        StackMust = Databases.Capabilities,
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var change = await PrimaryChange.BeginAsync((IDatabaseCluster)order.Stack, cancellationToken);
        if (change.Old.Node is not IManagerPausable old)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"{change.Old.Node.Name} cannot {CapabilityNames.Of(typeof(IManagerPausable))}.");
        }

        if (!change.Before.Any(member => member.IsSynchronous))
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, "There is no synchronous standby that could be promoted: " + PrimaryChange.Describe(change.Before));
        }

        var length = order.Get(CommonParameters.For);
        await old.PauseManagerAsync(Pause.Lease(Kind.ProofLimits.Injected + length), cancellationToken);
        return new SecondLeader(order.Stack, change, old, new OldPrimaryWrites(order.Stack, old, length, order.Events, _time), order.Get(Ends), length);
    }

    private sealed class SecondLeader(IStack stack, PrimaryChange change, IManagerPausable old, OldPrimaryWrites writes, Way ends, TimeSpan length) : IInjection
    {
        private bool _isEnded;

        public TimeSpan Length => length;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            var both = await ProveBothAsync(cancellationToken);
            if (both.State == ProofState.Proven)
            {
                writes.Begin();
            }

            return both;
        }

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            var both = await ProveBothAsync(cancellationToken);
            return both.State != ProofState.Proven ? both
                : writes.Tried == 0 ? Proof.NotYet($"No write could be tried at {old.Name}.")
                : writes.Elsewhere == 0 ? Proof.NotYet("No write through the load balancer was acknowledged.")
                : Proof.Proven($"{both.Statement} Of {writes.Tried} writes at {old.Name} it acknowledged {writes.Acknowledged}; through the load balancer {writes.Elsewhere} were.");
        }

        public async Task HealAsync(CancellationToken cancellationToken)
        {
            if (ends == Way.Awake)
            {
                await old.ResumeAsync(cancellationToken);
            }
            else if (!_isEnded)
            {
                await ((IKillable)old).KillAsync(holdDown: false, cancellationToken);
                _isEnded = true;
            }
        }

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var leaders = await LeadersAsync(cancellationToken);
            if (leaders is not [var leader] || !await ((IDatabaseCluster)stack).TryWriteAsync(cancellationToken))
            {
                return Proof.NotYet($"Not in recovery: {Names(leaders)}; or no write through the load balancer is acknowledged.");
            }

            await using var session = await Databases.OpenAsync(stack, leader, length, cancellationToken);
            var streaming = await session.RunAsync("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", cancellationToken);
            if (streaming != (change.Before.Count - 1).ToString(CultureInfo.InvariantCulture))
            {
                return Proof.NotYet($"Replicas that stream from {leader.Name}: {streaming}.");
            }

            // Patroni 3.0.2 that takes its lock back may write to a stale view of the store ever after, and name no standby again.
            var members = await ((IDatabaseCluster)stack).GetMembersAsync(cancellationToken);
            return members.Any(member => member.IsSynchronous)
                ? Proof.Proven($"{leader.Name} alone is not in recovery and takes writes; replicas that stream from it: {streaming}.")
                : Proof.NotYet($"{leader.Name} alone is not in recovery, takes writes and has every replica streaming, but the cluster manager lists no synchronous standby.");
        }

        public async ValueTask DisposeAsync()
        {
            await HealAsync(CancellationToken.None);
            await writes.DisposeAsync();
        }

        private static string Names(IEnumerable<INode> nodes) => string.Join(", ", nodes.Select(node => node.Name));

        private async Task<Proof> ProveBothAsync(CancellationToken cancellationToken)
        {
            if (!await old.IsManagerFrozenAsync(cancellationToken))
            {
                return Proof.Refuted($"The cluster manager of {old.Name} was woken or ended before its time.");
            }

            var promoted = await change.ProvePromotedAsync(cancellationToken);
            if (promoted.State != ProofState.Proven)
            {
                return promoted;
            }

            var leaders = await LeadersAsync(cancellationToken);
            return leaders.Contains(old) && leaders.Count > 1
                ? Proof.Proven($"{promoted.Statement} Not in recovery: {Names(leaders)}.")
                : Proof.NotYet($"Not in recovery: {Names(leaders)} alone.");
        }

        // The old one is asked last: who was promoted stays so, and then both are not in recovery at that instant.
        private async Task<IReadOnlyList<INode>> LeadersAsync(CancellationToken cancellationToken)
        {
            var leaders = new List<INode>();
            foreach (var node in change.Before.Select(member => member.Node).OrderBy(node => node == old))
            {
                await using var session = await Databases.OpenAsync(stack, node, length, cancellationToken);
                if (await session.RunAsync("SELECT pg_is_in_recovery()::text", cancellationToken) == "false")
                {
                    leaders.Add(node);
                }
            }

            return leaders;
        }
    }
}

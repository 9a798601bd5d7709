using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Kills the standby for which commits wait and keeps it down, so that they hang until the cluster manager notices.</summary>
public sealed class LoseStandby : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "lose-standby",
        Summary = "Kills the synchronous standby with its cluster manager and keeps it down; commits wait for it until the cluster manager gives it up.",
        Proof = "In force when its processes are gone and the primary no longer lists it as a replica, to the end; over when the primary and the cluster manager list a synchronous standby again.",
        TakesAway = Selector.DatabaseReplica,
        Changes = _ => "the database's roles",
        Parameters = [CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromSeconds(30), Healed = TimeSpan.FromSeconds(120) },
        StackMust = Databases.Capabilities,
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var members = await ((IDatabaseCluster)order.Stack).GetMembersAsync(cancellationToken);
        if (members.FirstOrDefault(member => member.IsSynchronous)?.Node is not IKillable standby)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, "There is no synchronous standby that could be killed: " + PrimaryChange.Describe(members));
        }

        var length = order.Get(CommonParameters.For);
        var receipt = await standby.KillAsync(holdDown: true, cancellationToken);
        return new LostStandby(order.Stack, standby, new DownNodes("killed", length, [(standby, receipt)]));
    }

    private sealed class LostStandby(IStack stack, INode standby, DownNodes down) : IInjection
    {
        public TimeSpan Length => down.Length;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            var gone = await down.ProveInjectedAsync(cancellationToken);
            return gone.State == ProofState.Proven ? Add(gone, await ProveNotListedAsync(cancellationToken)) : gone;
        }

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            var stayed = await down.ProveHeldAsync(cancellationToken);
            return stayed.State == ProofState.Proven ? Add(stayed, await ProveNotListedAsync(cancellationToken)) : stayed;
        }

        public Task HealAsync(CancellationToken cancellationToken) => down.HealAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var ready = await down.ProveHealedAsync(cancellationToken);
            if (ready.State != ProofState.Proven)
            {
                return ready;
            }

            var (primary, synchronous) = await AskAsync("SELECT application_name FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')", cancellationToken);
            if (synchronous is null)
            {
                return Proof.NotYet($"{primary} lists no synchronous standby.");
            }

            // The cluster manager finds out in its next round; until then it would promote nobody.
            var members = await ((IDatabaseCluster)stack).GetMembersAsync(cancellationToken);
            return members.Any(member => member.IsSynchronous)
                ? Proof.Proven($"{primary} and the cluster manager list {synchronous} as the synchronous standby.")
                : Proof.NotYet($"{primary} lists {synchronous} as its synchronous standby; the cluster manager does not yet.");
        }

        public ValueTask DisposeAsync() => down.DisposeAsync();

        private static Proof Add(Proof first, Proof second) => second with { Statement = $"{first.Statement} {second.Statement}" };

        private async Task<Proof> ProveNotListedAsync(CancellationToken cancellationToken)
        {
            var (primary, listed) = await AskAsync($"SELECT state FROM pg_stat_replication WHERE application_name = '{standby.Name}'", cancellationToken);
            var (_, waiting) = await AskAsync("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'", cancellationToken);
            return listed is null
                ? Proof.Proven($"{primary} does not list it as a replica; {waiting} commits wait.")
                : Proof.NotYet($"{primary} still lists {standby.Name} as {listed}.");
        }

        private async Task<(string Primary, string? Answer)> AskAsync(string question, CancellationToken cancellationToken)
        {
            var primary = await Databases.PrimaryAsync(stack, cancellationToken);
            await using var session = await Databases.OpenAsync(stack, primary, TimeSpan.Zero, cancellationToken);
            return (primary.Name, await session.RunAsync(question, cancellationToken));
        }
    }
}

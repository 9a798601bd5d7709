using System.Globalization;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Lets a replica receive and not apply what the primary writes, so that whoever reads there reads the past.</summary>
/// <remarks>
/// As when a long report on the replica reads a table that is dropped on the primary: the replay waits for the report.
/// The lease is <c>idle_in_transaction_session_timeout</c>.
/// </remarks>
public sealed class ReplayPaused : IFaultInjector
{
    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public ReplayPaused(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "replay-paused",
        Summary = "Stops the replay of a replica by a report that reads a dropped table: the replica receives what is written and does not apply it.",
        Proof = "In force when the replica's replay waits for the lock; it held when the primary has written and the replica applied nothing; over when it has applied what the primary had written.",
        Changes = _ => "the replay",
        Parameters = [Replays.Target, CommonParameters.For],
        StackMust = Databases.Capabilities,
        Objection = Databases.ObjectionToTarget,
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf(Replays.Target), async node =>
        {
            var length = order.Get(CommonParameters.For);
            var report = await Databases.OpenAsync(order.Stack, node, length, cancellationToken);
            var paused = new PausedReplay(order.Stack, node, report, length);
            try
            {
                await paused.BeginAsync(_time, cancellationToken);
                return paused;
            }
            catch
            {
                await paused.DisposeAsync();
                throw;
            }
        });

    private sealed class PausedReplay(IStack stack, INode node, IDatabaseSession report, TimeSpan length) : IInjection
    {
        private readonly string _table = $"public.validation_replay_{node.Name.Replace('-', '_')}";
        private string? _stoodAt;
        private string? _writtenAtHeal;
        private Reversal _madeTable = Reversal.OfNothing;
        private Reversal _madePatient = Reversal.OfNothing;

        public TimeSpan Length => length;

        public async Task BeginAsync(TimeProvider time, CancellationToken cancellationToken)
        {
            var table = await GuardedChange.MakeAsync(
                stack,
                await Databases.PrimaryAsync(stack, cancellationToken),
                [$"CREATE TABLE IF NOT EXISTS {_table} ()"],
                [$"DROP TABLE IF EXISTS {_table}"],
                length,
                cancellationToken);
            _madeTable = new Reversal(table.TakeBackOnPrimaryAsync);
            await Replays.AwaitTableAsync(report, node, _table, time, cancellationToken);
            var patience = await Replays.WaitForReadersAsync(stack, node, length, cancellationToken);
            _madePatient = new Reversal(token => patience.TakeBackAsync(node, token));
            await report.RunAsync("BEGIN", cancellationToken);
            await report.RunAsync($"LOCK TABLE {_table} IN ACCESS SHARE MODE", cancellationToken);
            await Databases.RunOnPrimaryAsync(stack, [$"DROP TABLE {_table}"], cancellationToken);
        }

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            await using var replica = await OpenAsync(cancellationToken);
            if (await replica.RunAsync("SELECT wait_event_type FROM pg_stat_activity WHERE backend_type = 'startup'", cancellationToken) != "Lock")
            {
                return Proof.NotYet($"The replay of {node.Name} waits for no lock.");
            }

            _stoodAt = await ReplayedAsync(replica, cancellationToken);
            return Proof.Proven($"The replay of {node.Name} waits for a lock at {_stoodAt}.");
        }

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            // So that there is something that it did not apply.
            await ((IDatabaseCluster)stack).TryWriteAsync(cancellationToken);
            var written = await WrittenAsync(cancellationToken);
            await using var replica = await OpenAsync(cancellationToken);
            var replayed = await ReplayedAsync(replica, cancellationToken);
            var behind = await BehindAsync(replica, written, cancellationToken);
            return replayed != _stoodAt ? Proof.Refuted($"{node.Name} went on from {_stoodAt} to {replayed} before its time.")
                : behind > 0 ? Proof.Proven(string.Create(CultureInfo.InvariantCulture, $"{node.Name} still stands at {_stoodAt}, {behind:N0} bytes behind the primary."))
                : Proof.NotYet($"The primary has written nothing since {_stoodAt}.");
        }

        public async Task HealAsync(CancellationToken cancellationToken) => await TakeBackAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            if (await TakeBackAsync(cancellationToken) is { } notYet)
            {
                return notYet;
            }

            _writtenAtHeal ??= await WrittenAsync(cancellationToken);
            await using var replica = await OpenAsync(cancellationToken);
            var behind = await BehindAsync(replica, _writtenAtHeal, cancellationToken);
            return behind > 0
                ? Proof.NotYet(string.Create(CultureInfo.InvariantCulture, $"{node.Name} is still {behind:N0} bytes behind."))
                : Proof.Proven($"{node.Name} has applied all up to {_writtenAtHeal}.");
        }

        public async ValueTask DisposeAsync() => await TakeBackAsync(CancellationToken.None);

        private static Task<string?> ReplayedAsync(IDatabaseSession replica, CancellationToken cancellationToken) =>
            replica.RunAsync("SELECT pg_last_wal_replay_lsn()::text", cancellationToken);

        private static async Task<long> BehindAsync(IDatabaseSession replica, string written, CancellationToken cancellationToken) => long.Parse(
            (await replica.RunAsync($"SELECT pg_wal_lsn_diff('{written}', pg_last_wal_replay_lsn())::bigint", cancellationToken))!, CultureInfo.InvariantCulture);

        private async Task<Proof?> TakeBackAsync(CancellationToken cancellationToken)
        {
            await report.DisposeAsync();
            return await Reversal.TryAllAsync([_madePatient, _madeTable], cancellationToken);
        }

        private Task<IDatabaseSession> OpenAsync(CancellationToken cancellationToken) => Databases.OpenAsync(stack, node, TimeSpan.Zero, cancellationToken);

        private async Task<string> WrittenAsync(CancellationToken cancellationToken)
        {
            await using var primary = await Databases.OpenAsync(stack, await Databases.PrimaryAsync(stack, cancellationToken), TimeSpan.Zero, cancellationToken);
            return (await primary.RunAsync("SELECT pg_current_wal_lsn()::text", cancellationToken))!;
        }
    }
}

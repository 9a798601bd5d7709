using System.Globalization;
using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Lets a replica apply what the primary writes later, always by the same time, so that whoever reads there reads the past.</summary>
/// <remarks>
/// The primary locks one of two tables every eighth of the lag, which the replica has to do after it: a gate. A keeper for each
/// gate has it locked on the replica and lets the replay through when the lag is over; the other one stands
/// behind it already. A clock, written before each gate, tells the keepers when, and the proof how old the newest row is. Keepers and
/// clock run in the servers and end by their clocks.
/// </remarks>
public sealed class ReplicationLag : IFaultInjector
{
    // Below that the gates are so close that a busy machine lets the replay slip through.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(500);

    private static readonly Parameter<TimeSpan> Lag = Parameters.Duration(
        "lag", "How long after it was written the replica applies everything.", Shortest, TimeSpan.FromMinutes(1));

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public ReplicationLag(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "replication-lag",
        Summary = "Lets a replica apply everything so long after it was written, give or take an eighth; what is written is on its disk at once.",
        Proof = "In force when the newest row that the replica shows is that old; it held when it was never younger, and half of the time no older; over when it shows a new row within a tenth of that, or 200 ms.",
        Changes = _ => "the replay",
        Parameters = [Replays.Target, Lag, CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromSeconds(90) },
        StackMust = Databases.Capabilities,
        Objection = Databases.ObjectionToTarget,
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf(Replays.Target), async node =>
        {
            var (lag, length) = (order.Get(Lag), order.Get(CommonParameters.For));
            var reader = await Databases.OpenAsync(order.Stack, node, lag + length, cancellationToken);
            var late = new LateReplica(order.Stack, node, reader, lag, length, _time);
            try
            {
                await late.BeginAsync(cancellationToken);
                return late;
            }
            catch
            {
                await late.DisposeAsync();
                throw;
            }
        });

    private sealed class LateReplica(IStack stack, INode node, IDatabaseSession reader, TimeSpan lag, TimeSpan length, TimeProvider time) : IInjection
    {
        private static readonly TimeSpan AlwaysGood = TimeSpan.FromMilliseconds(200);

        private readonly string _clock = $"public.validation_lag_{node.Name.Replace('-', '_')}";
        private readonly TimeSpan _step = lag / 8;
        private readonly TimeSpan _lease = Databases.Lease(lag + length);
        private readonly List<RunningStatements> _running = [];
        private readonly CancellationTokenSource _seenEnough = new();
        private Reversal _madeTables = Reversal.OfNothing;
        private Reversal _madePatient = Reversal.OfNothing;
        private Task<IReadOnlyList<TimeSpan>> _looking = Task.FromResult<IReadOnlyList<TimeSpan>>([]);

        public TimeSpan Length => length;

        public async Task BeginAsync(CancellationToken cancellationToken)
        {
            var primary = await Databases.PrimaryAsync(stack, cancellationToken);
            var tables = await GuardedChange.MakeAsync(
                stack,
                primary,
                [
                    $"CREATE TABLE IF NOT EXISTS {_clock} AS SELECT 0 AS gate, clock_timestamp() AS at",
                    $"CREATE TABLE IF NOT EXISTS {_clock}_0 ()",
                    $"CREATE TABLE IF NOT EXISTS {_clock}_1 ()",
                ],
                [$"DROP TABLE IF EXISTS {_clock}, {_clock}_0, {_clock}_1"],
                lag + length,
                cancellationToken);
            _madeTables = new Reversal(tables.TakeBackOnPrimaryAsync);
            await Replays.AwaitTableAsync(reader, node, $"{_clock}_1", time, cancellationToken);
            var patience = await Replays.WaitForReadersAsync(stack, node, lag + length, cancellationToken);
            _madePatient = new Reversal(token => patience.TakeBackAsync(node, token));
            await RunAsync(node, Keeper(0), cancellationToken);
            await RunAsync(node, Keeper(1), cancellationToken);
            await RunAsync(primary, Clock(), cancellationToken);
        }

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            var age = await ReadAgeAsync(cancellationToken);
            if ((age - lag).Duration() > _step)
            {
                return Proof.NotYet($"The newest row on {node.Name} is {Duration.Format(age)} old.");
            }

            _looking = LookAsync(_seenEnough.Token);
            return Proof.Proven($"The newest row on {node.Name} is {Duration.Format(age)} old; one is written every {Duration.Format(_step)}.");
        }

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            await _seenEnough.CancelAsync();
            var ages = await _looking;
            var median = ages[ages.Count / 2];
            var seen = $"The newest row on {node.Name} was {Duration.Format(ages[0])}, {Duration.Format(median)} and {Duration.Format(ages[^1])} old: the least, median and most of {ages.Count} looks.";
            return ages[0] >= lag - _step && median <= lag + _step ? Proof.Proven(seen) : Proof.Refuted(seen);
        }

        public async Task HealAsync(CancellationToken cancellationToken)
        {
            await _seenEnough.CancelAsync();
            foreach (var statement in _running)
            {
                await statement.DisposeAsync();
            }

            await _madePatient.TryAsync(cancellationToken);
        }

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            if (await _madePatient.TryAsync(cancellationToken) is { } notYet)
            {
                return notYet;
            }

            await Databases.RunOnPrimaryAsync(stack, [$"UPDATE {_clock} SET at = clock_timestamp()"], cancellationToken);
            var age = await ReadAgeAsync(cancellationToken);
            return age <= AlwaysGood || age <= lag / 10
                ? Proof.Proven($"{node.Name} shows a row that is {Duration.Format(age)} old.")
                : Proof.NotYet($"The newest row on {node.Name} is still {Duration.Format(age)} old.");
        }

        public async ValueTask DisposeAsync()
        {
            await HealAsync(CancellationToken.None);
            await _madeTables.TryAsync(CancellationToken.None);
            await _looking.ContinueWith(_ => { }, TaskScheduler.Default);
            await reader.DisposeAsync();
            _seenEnough.Dispose();
        }

        private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString(CultureInfo.InvariantCulture);

        private async Task RunAsync(INode where, string statement, CancellationToken cancellationToken) =>
            _running.Add(await RunningStatements.BeginAsync(stack, where, [statement], _lease, cancellationToken));

        // The lock alone would not be in the log: its transaction must end.
        private string Clock() =>
            $"""
            DO $clock$ DECLARE ending timestamptz := clock_timestamp() + interval '{Seconds(_lease)} s'; turn int;
            BEGIN
              WHILE clock_timestamp() < ending LOOP
                UPDATE {_clock} SET gate = 1 - gate, at = clock_timestamp() RETURNING gate INTO turn;
                COMMIT;
                EXECUTE format('LOCK TABLE {_clock}_%s IN ACCESS EXCLUSIVE MODE', turn);
                COMMIT;
                PERFORM pg_sleep({Seconds(_step)});
              END LOOP;
            END $clock$
            """;

        // Half a step more than the lag, because a gate opens for all that was written until the next one.
        private string Keeper(int gate) =>
            $"""
            DO $keeper$ DECLARE ending timestamptz := clock_timestamp() + interval '{Seconds(_lease)} s'; newest record;
            BEGIN
              LOCK TABLE {_clock}_{gate} IN ACCESS SHARE MODE;
              WHILE clock_timestamp() < ending LOOP
                SELECT gate, extract(epoch FROM at - clock_timestamp()) + {Seconds(lag + (_step / 2))} AS wait INTO newest FROM {_clock};
                IF newest.gate = {gate} AND newest.wait <= 0 THEN
                  COMMIT;
                  LOCK TABLE {_clock}_{gate} IN ACCESS SHARE MODE;
                ELSE
                  PERFORM pg_sleep(greatest(0.002, newest.wait));
                END IF;
              END LOOP;
            END $keeper$
            """;

        private async Task<IReadOnlyList<TimeSpan>> LookAsync(CancellationToken cancellationToken)
        {
            var ages = new List<TimeSpan> { await ReadAgeAsync(CancellationToken.None) };
            while (!cancellationToken.IsCancellationRequested)
            {
                // No fraction of the step, so that all of it is seen.
                await Task.Delay(_step / 3.1, time, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
                ages.Add(await ReadAgeAsync(CancellationToken.None));
            }

            return [.. ages.Order()];
        }

        private async Task<TimeSpan> ReadAgeAsync(CancellationToken cancellationToken) => TimeSpan.FromMilliseconds(long.Parse(
            (await reader.RunAsync($"SELECT (extract(epoch FROM clock_timestamp() - at) * 1000)::bigint FROM {_clock}", cancellationToken))!, CultureInfo.InvariantCulture));
    }
}

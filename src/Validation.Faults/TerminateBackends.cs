using System.Globalization;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Ends all sessions of the application at a database node, as an administrator or an impatient operator does.</summary>
public sealed class TerminateBackends : IFaultInjector
{
    private static readonly Parameter<TimeSpan> For = Parameters.Duration(
        "for", "How long they are ended again and again; 0s ends them once.", TimeSpan.Zero, CommonParameters.Longest, TimeSpan.Zero);

    private static readonly Parameter<TimeSpan> Every = Parameters.Duration(
        "every", "How long new sessions live meanwhile.", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(1));

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public TerminateBackends(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "terminate-backends",
        Summary = "Ends the application's sessions at a database node with pg_terminate_backend.",
        Proof = "In force when the server has counted as many killed sessions as were ended, and a session of the harness among them finds itself ended; over when no more are ended.",
        Parameters = [Databases.Target, For, Every],
        StackMust = Databases.Capabilities,
        Objection = Databases.ObjectionToTarget,
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf(Databases.Target), async node =>
        {
            var length = order.Get(For);
            var administrator = await Databases.OpenAsync(order.Stack, node, length, cancellationToken);
            var ended = new EndedSessions((IDatabaseControl)order.Stack, node, administrator, length);
            try
            {
                await ended.BeginAsync(cancellationToken);
                if (length > TimeSpan.Zero)
                {
                    ended.GoOn(order.Get(Every), _time);
                }

                return ended;
            }
            catch
            {
                await ended.DisposeAsync();
                throw;
            }
        });

    private sealed class EndedSessions(IDatabaseControl control, INode node, IDatabaseSession administrator, TimeSpan length) : IInjection
    {
        private const string Counted = "SELECT sessions_killed FROM pg_stat_database WHERE datname = current_database()";

        private IDatabaseSession? _witness;
        private Repetition? _again;
        private long _countedBefore;
        private long _ended;
        private int _rounds;

        public TimeSpan Length => length;

        private string Sessions => $"FROM pg_stat_activity WHERE datname = current_database() AND usename = '{control.ApplicationRole}'";

        public async Task BeginAsync(CancellationToken cancellationToken)
        {
            // Not as the application, whose password may be another by now.
            _witness = await control.OpenAsync(node, Databases.Lease(length), cancellationToken);
            var witness = await _witness.RunAsync("SELECT pg_backend_pid()", cancellationToken);
            _countedBefore = await AskAsync(Counted, cancellationToken);
            await EndAsync(cancellationToken);
            await AskAsync($"SELECT pg_terminate_backend({witness})::int", cancellationToken);
        }

        public void GoOn(TimeSpan every, TimeProvider time) => _again = Repetition.Every(every, time, EndAsync);

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            if (_ended == 0)
            {
                return Proof.Refuted($"{control.ApplicationRole} had no session at {node.Name} that could be ended.");
            }

            return await _witness!.TryAsync("SELECT 1", cancellationToken) is null
                ? Proof.NotYet($"A session at {node.Name} that was ended still works.")
                : await ProveCountedAsync(cancellationToken);
        }

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveCountedAsync(cancellationToken);

        public async Task HealAsync(CancellationToken cancellationToken) => await (_again?.DisposeAsync() ?? ValueTask.CompletedTask);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => Proof.Proven(
            $"{await AskAsync($"SELECT count(*) {Sessions}", cancellationToken)} sessions of {control.ApplicationRole} at {node.Name} now.");

        public async ValueTask DisposeAsync()
        {
            await HealAsync(CancellationToken.None);
            await administrator.DisposeAsync();
            if (_witness is not null)
            {
                await _witness.DisposeAsync();
            }
        }

        private async Task EndAsync(CancellationToken cancellationToken)
        {
            _ended += await AskAsync($"SELECT count(pg_terminate_backend(pid)) {Sessions}", cancellationToken);
            _rounds++;
        }

        // A session is counted when it has gone, a moment after it was told to.
        private async Task<Proof> ProveCountedAsync(CancellationToken cancellationToken)
        {
            var (ended, rounds) = (_ended, _rounds);
            var counted = await AskAsync(Counted, cancellationToken) - _countedBefore;
            // The harness' own is one more.
            return counted <= ended
                ? Proof.NotYet($"{node.Name} has counted {counted} killed sessions of {ended + 1}.")
                : Proof.Proven($"{ended} sessions of {control.ApplicationRole} ended at {node.Name}{(rounds > 1 ? $" in {rounds} rounds" : string.Empty)}; the server has counted {counted} killed sessions.");
        }

        private async Task<long> AskAsync(string question, CancellationToken cancellationToken) =>
            long.Parse((await administrator.RunAsync(question, cancellationToken))!, CultureInfo.InvariantCulture);
    }
}

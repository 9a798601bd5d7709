using System.Globalization;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Ends all sessions of the application at a database node, as an administrator or an impatient operator does.</summary>
public sealed class TerminateBackends : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "terminate-backends",
        Summary = "Ends the application's sessions at a database node with pg_terminate_backend.",
        Proof = "In force when the server has counted as many killed sessions as were ended, and a session of the harness among them finds itself ended; then it is over, and the sessions that are there again are counted.",
        Parameters = [Databases.Target],
        StackMust = Databases.Capabilities,
        Objection = Databases.ObjectionToTarget,
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf(Databases.Target), async node =>
        {
            // The harness' own is not one of the application, whose password may be another by now.
            var witness = await Databases.OpenAsync(order.Stack, node, TimeSpan.Zero, cancellationToken);
            var ended = new EndedSessions(order.Stack, node, witness);
            try
            {
                await ended.EndAsync(cancellationToken);
                return ended;
            }
            catch
            {
                await ended.DisposeAsync();
                throw;
            }
        });

    private sealed class EndedSessions(IStack stack, INode node, IDatabaseSession witness) : IInjection
    {
        private const string Counted = "SELECT sessions_killed FROM pg_stat_database WHERE datname = current_database()";

        private readonly string _role = ((IDatabaseControl)stack).ApplicationRole;
        private long _countedBefore;
        private long _ended;

        public TimeSpan Length => TimeSpan.Zero;

        private string Sessions => $"FROM pg_stat_activity WHERE datname = current_database() AND usename = '{_role}'";

        public async Task EndAsync(CancellationToken cancellationToken)
        {
            var pid = await witness.RunAsync("SELECT pg_backend_pid()", cancellationToken);
            _countedBefore = await AskAsync(Counted, cancellationToken);
            _ended = await AskAsync($"SELECT count(pg_terminate_backend(pid)) {Sessions}", cancellationToken);
            await AskAsync($"SELECT pg_terminate_backend({pid})::int", cancellationToken);
        }

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            if (_ended == 0)
            {
                return Proof.Refuted($"{_role} had no session at {node.Name} that could be ended.");
            }

            if (await witness.TryAsync("SELECT 1", cancellationToken) is null)
            {
                return Proof.NotYet($"A session at {node.Name} that was ended still works.");
            }

            // A session is counted when it has gone, a moment after it was told to; the harness' own is one more.
            var counted = await AskAsync(Counted, cancellationToken) - _countedBefore;
            return counted > _ended
                ? Proof.Proven($"{_ended} sessions of {_role} ended at {node.Name}; the server has counted {counted} killed sessions.")
                : Proof.NotYet($"{node.Name} has counted {counted} killed sessions of {_ended + 1}.");
        }

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => Task.FromResult(Proof.Proven("Sessions that were ended do not come back."));

        public Task HealAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => Proof.Proven(
            $"{await AskAsync($"SELECT count(*) {Sessions}", cancellationToken)} sessions of {_role} at {node.Name} now.");

        public ValueTask DisposeAsync() => witness.DisposeAsync();

        private async Task<long> AskAsync(string question, CancellationToken cancellationToken)
        {
            await using var administrator = await Databases.OpenAsync(stack, node, TimeSpan.Zero, cancellationToken);
            return long.Parse((await administrator.RunAsync(question, cancellationToken))!, CultureInfo.InvariantCulture);
        }
    }
}

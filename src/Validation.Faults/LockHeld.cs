using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Holds a lock on a table, as a migration does, or an operator's forgotten transaction.</summary>
/// <remarks>The lease is the server's <c>idle_in_transaction_session_timeout</c>.</remarks>
public sealed class LockHeld : IFaultInjector
{
    private static readonly Parameter<string> Table = Parameters.Identifier("table", "The table that is locked.", "registered_entries");

    private static readonly Parameter<LockMode> Mode = Parameters.Choice("mode", "PostgreSQL's mode of the lock.", LockMode.AccessExclusive);

    /// <summary>The modes that keep others from writing.</summary>
    internal enum LockMode
    {
        /// <summary>Nobody else may even read.</summary>
        AccessExclusive,

        /// <summary>Others may read, without locking rows.</summary>
        Exclusive,

        /// <summary>Others may read and lock rows.</summary>
        ShareRowExclusive,

        /// <summary>Others may have the same lock, and nobody may write.</summary>
        Share,
    }

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "lock-held",
        Summary = "Holds a lock on a table of the application, on the primary, in a transaction that does nothing.",
        Proof = "In force while the server shows the lock as granted and refuses the lock of a writer to somebody else; over when it grants that.",
        Changes = fault => $"the lock on {fault.Parameters.Get(Table)}",
        Parameters = [Table, Mode, CommonParameters.For],
        StackMust = Databases.Capabilities,
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var (table, length) = (order.Get(Table), order.Get(CommonParameters.For));
        var primary = await Databases.PrimaryAsync(order.Stack, cancellationToken);
        var holder = await Databases.OpenAsync(order.Stack, primary, length, cancellationToken);
        try
        {
            var pid = await holder.RunAsync("SELECT pg_backend_pid()", cancellationToken);
            // As PostgreSQL writes it: share row exclusive.
            var words = Mode.Write(order.Get(Mode)).Replace('-', ' ');
            await holder.RunAsync("BEGIN", cancellationToken);
            await holder.RunAsync($"LOCK TABLE public.{table} IN {words.ToUpperInvariant()} MODE", cancellationToken);
            return new HeldLock(holder, await Databases.OpenAsync(order.Stack, primary, length, cancellationToken), pid!, table, words, length);
        }
        catch
        {
            await holder.DisposeAsync();
            throw;
        }
    }

    private sealed class HeldLock(IDatabaseSession holder, IDatabaseSession witness, string pid, string table, string mode, TimeSpan length) : IInjection
    {
        public TimeSpan Length => length;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            var granted = await witness.RunAsync($"SELECT mode FROM pg_locks WHERE pid = {pid} AND relation = 'public.{table}'::regclass AND granted", cancellationToken);
            if (granted is null)
            {
                return Proof.Refuted($"The server shows no lock of the harness on {table} any more.");
            }

            return await TryLockAsync(cancellationToken) == DatabaseErrors.LockNotAvailable
                ? Proof.Proven($"{table} is locked in {mode} mode: the server shows {granted} as granted, and refuses a writer's lock to another session.")
                : Proof.NotYet($"The server shows {granted} on {table} as granted, and yet grants a writer's lock to another session.");
        }

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            var held = await ProveInjectedAsync(cancellationToken);
            var waiting = await witness.RunAsync($"SELECT count(*) FROM pg_stat_activity WHERE {pid} = ANY (pg_blocking_pids(pid))", cancellationToken);
            return held with { Statement = $"{held.Statement} {waiting} sessions wait for it." };
        }

        public async Task HealAsync(CancellationToken cancellationToken) => await holder.DisposeAsync();

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => await TryLockAsync(cancellationToken) is { } refusal
            ? Proof.NotYet($"A writer's lock on {table} is still refused ({refusal}).")
            : Proof.Proven($"A writer's lock on {table} is granted again.");

        public async ValueTask DisposeAsync()
        {
            await holder.DisposeAsync();
            await witness.DisposeAsync();
        }

        // The block is a transaction of its own, so the lock that it gets ends with it.
        private Task<string?> TryLockAsync(CancellationToken cancellationToken) =>
            witness.TryAsync($"DO $probe$ BEGIN LOCK TABLE public.{table} IN ROW EXCLUSIVE MODE NOWAIT; END $probe$", cancellationToken);
    }
}

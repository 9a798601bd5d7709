using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Lets the application's database be read and not written, as when its disk is nearly full.</summary>
/// <remarks>
/// PostgreSQL's <c>default_transaction_read_only</c> would not do: SPIRE's driver begins each transaction with
/// <c>READ WRITE</c>, which overrules it, and sessions that are open already keep what they began with. So a trigger
/// refuses every write with the error that such a database gives.
/// </remarks>
public sealed class ReadOnly : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "read-only",
        Summary = "Refuses every write to the application's tables, in open sessions too, with the error of a database that may only be read.",
        Proof = "In force while a write to each table is refused as in a read-only transaction; over when each is accepted.",
        Changes = _ => "whether the application's tables take writes",
        Parameters = [CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromSeconds(30) },
        StackMust = Databases.Capabilities,
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var length = order.Get(CommonParameters.For);
        var trigger = await StatementTrigger.CreateAsync(
            order.Stack,
            "validation_read_only",
            null,
            "RAISE EXCEPTION 'cannot execute % in a read-only transaction', TG_OP USING ERRCODE = 'read_only_sql_transaction'",
            length,
            cancellationToken);
        return new RefusedWrites(order.Stack, trigger, length);
    }

    private sealed class RefusedWrites(IStack stack, StatementTrigger trigger, TimeSpan length) : IInjection
    {
        private readonly Reversal _reversal = new(trigger.DropAsync);

        public TimeSpan Length => length;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) =>
            await FirstTableAsync(error => error != DatabaseErrors.ReadOnlyTransaction, cancellationToken) is { } table
                ? Proof.NotYet($"A write to {table} is accepted, or refused for another reason.")
                : Proof.Proven($"A write to each of {trigger.Tables.Count} tables is refused: read-only transaction.");

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveInjectedAsync(cancellationToken);

        public Task HealAsync(CancellationToken cancellationToken) => _reversal.TryAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) =>
            await _reversal.TryAsync(cancellationToken) ?? (await FirstTableAsync(error => error is not null, cancellationToken) is { } table
                ? Proof.NotYet($"A write to {table} is still refused.")
                : Proof.Proven($"A write to each of {trigger.Tables.Count} tables is accepted."));

        public async ValueTask DisposeAsync() => await _reversal.TryAsync(CancellationToken.None);

        private async Task<string?> FirstTableAsync(Func<string?, bool> isWrong, CancellationToken cancellationToken)
        {
            await using var session = await Databases.OpenAsync(stack, await Databases.PrimaryAsync(stack, cancellationToken), length, cancellationToken);
            foreach (var table in trigger.Tables)
            {
                if (isWrong(await session.TryAsync(StatementTrigger.HarmlessWrite(table), cancellationToken)))
                {
                    return table;
                }
            }

            return null;
        }
    }
}

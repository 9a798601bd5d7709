using System.Globalization;
using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Makes every statement that writes to a table take longer, as on a slow or crowded disk.</summary>
/// <remarks>The transaction holds its locks meanwhile. Reading cannot be slowed down from inside of PostgreSQL without changing its plans.</remarks>
public sealed class SlowWrites : IFaultInjector
{
    private static readonly Parameter<TimeSpan> By = Parameters.Duration(
        "by", "How much longer each statement takes.", TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));

    private static readonly Parameter<string> Table = Parameters.Identifier("table", "The table whose writes are slow.", "registered_entries");

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public SlowWrites(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "slow-writes",
        Summary = "Makes every INSERT, UPDATE and DELETE on a table of the application take longer, with its locks held.",
        Proof = "In force while the table has the trigger and a write that changes nothing takes that long; over when the trigger is gone.",
        Changes = fault => $"the writes to {fault.Parameters.Get(Table)}",
        Parameters = [Table, By, CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromSeconds(30), Held = TimeSpan.FromSeconds(30) },
        StackMust = Databases.Capabilities,
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var (by, length) = (order.Get(By), order.Get(CommonParameters.For));
        var seconds = by.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var trigger = await StatementTrigger.CreateAsync(
            order.Stack, "validation_slow_writes", order.Get(Table), $"PERFORM pg_sleep({seconds})", length, cancellationToken);
        return new SlowedTable(order.Stack, trigger, by, length, _time);
    }

    private sealed class SlowedTable(IStack stack, StatementTrigger trigger, TimeSpan by, TimeSpan length, TimeProvider time) : IInjection
    {
        private readonly Reversal _reversal = new(trigger.DropAsync);

        public TimeSpan Length => length;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            // Where 'by' is short, a write may take that long by itself.
            if (await trigger.CountAsync(cancellationToken) < trigger.Tables.Count)
            {
                return Proof.Refuted($"The trigger on {trigger.Tables[0]} is not there any more.");
            }

            var took = await WriteAsync(cancellationToken);
            return took >= by
                ? Proof.Proven($"A write to {trigger.Tables[0]} that changes nothing takes {Duration.Format(took)}.")
                : Proof.NotYet($"A write to {trigger.Tables[0]} takes {Duration.Format(took)} only.");
        }

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveInjectedAsync(cancellationToken);

        public Task HealAsync(CancellationToken cancellationToken) => _reversal.TryAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            if (await _reversal.TryAsync(cancellationToken) is { } notYet)
            {
                return notYet;
            }

            return await trigger.CountAsync(cancellationToken) == 0
                ? Proof.Proven($"The trigger is gone; a write to {trigger.Tables[0]} takes {Duration.Format(await WriteAsync(cancellationToken))}.")
                : Proof.NotYet($"The trigger on {trigger.Tables[0]} is still there.");
        }

        public async ValueTask DisposeAsync() => await _reversal.TryAsync(CancellationToken.None);

        private async Task<TimeSpan> WriteAsync(CancellationToken cancellationToken)
        {
            await using var session = await Databases.OpenAsync(stack, await Databases.PrimaryAsync(stack, cancellationToken), length, cancellationToken);
            var since = time.GetTimestamp();
            await session.RunAsync(StatementTrigger.HarmlessWrite(trigger.Tables[0]), cancellationToken);
            return time.GetElapsedTime(since);
        }
    }
}

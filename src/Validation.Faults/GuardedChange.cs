using System.Globalization;
using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>A change inside of a database server that the server takes back by itself when nobody else does.</summary>
/// <remarks>
/// The lease is a session of the server that sleeps and then takes the change back, handed over before the change is made. It
/// needs no living harness, is seen at work before the change, and holds no snapshot for longer than a tenth of a second: on a replica it would hold up the replay.
/// </remarks>
internal sealed class GuardedChange
{
    private readonly IStack _stack;
    private readonly IReadOnlyList<string> _undo;
    private readonly RunningStatements _guard;

    private GuardedChange(IStack stack, IReadOnlyList<string> undo, RunningStatements guard) => (_stack, _undo, _guard) = (stack, undo, guard);

    /// <summary>Begins the lease, then makes the change.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="node">The database node.</param>
    /// <param name="change">Statements that make it, each a transaction of its own.</param>
    /// <param name="undo">Statements that take it back, and that can be repeated.</param>
    /// <param name="length">The fault's length.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays changed.</param>
    /// <exception cref="HarnessException">The server refused.</exception>
    public static async Task<GuardedChange> MakeAsync(
        IStack stack, INode node, IReadOnlyList<string> change, IReadOnlyList<string> undo, TimeSpan length, CancellationToken cancellationToken)
    {
        var lease = Databases.Lease(length);
        var guard = await RunningStatements.BeginAsync(stack, node, [Sleep(lease), .. undo], lease, cancellationToken);
        var made = new GuardedChange(stack, undo, guard);
        try
        {
            await Databases.RunAsync(stack, node, [guard.UntilBegun, .. change], cancellationToken);
            return made;
        }
        catch
        {
            // Some of it may have been made; should this fail too, the guard takes it back.
            await new Reversal(token => made.TakeBackAsync(node, token)).TryAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Takes the change back on whichever node is the primary now, and ends the lease.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">There is no primary, or it refused; can be tried again.</exception>
    public async Task TakeBackOnPrimaryAsync(CancellationToken cancellationToken) =>
        await TakeBackAsync(await Databases.PrimaryAsync(_stack, cancellationToken), cancellationToken);

    /// <summary>Takes the change back and ends the lease.</summary>
    /// <param name="node">Where.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">The server refused; can be tried again.</exception>
    public async Task TakeBackAsync(INode node, CancellationToken cancellationToken)
    {
        await Databases.RunAsync(_stack, node, _undo, cancellationToken);
        await _guard.DisposeAsync();
    }

    private static string Sleep(TimeSpan time) =>
        $"""
        DO $sleep$ DECLARE ending timestamptz := clock_timestamp() + interval '{time.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s';
        BEGIN
          WHILE clock_timestamp() < ending LOOP
            PERFORM pg_sleep(0.1);
            COMMIT;
          END LOOP;
        END $sleep$
        """;
}

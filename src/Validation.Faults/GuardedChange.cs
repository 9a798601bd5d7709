using System.Globalization;
using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>A change inside of a database server that the server takes back by itself when nobody else does.</summary>
/// <remarks>
/// The lease is a session of the server that sleeps and then takes the change back, begun before the change is made. It
/// needs no living harness. It holds a snapshot meanwhile, so vacuum keeps what was deleted since.
/// </remarks>
internal sealed class GuardedChange : IAsyncDisposable
{
    private readonly IStack _stack;
    private readonly string _undo;
    private readonly RunningStatement _guard;

    private GuardedChange(IStack stack, string undo, RunningStatement guard) => (_stack, _undo, _guard) = (stack, undo, guard);

    /// <summary>Begins the lease, then makes the change.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="node">The database node.</param>
    /// <param name="change">Makes it: a statement of PL/pgSQL.</param>
    /// <param name="undo">Takes it back: a statement of PL/pgSQL that can be repeated.</param>
    /// <param name="length">The fault's length.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays changed.</param>
    /// <exception cref="HarnessException">The server refused.</exception>
    public static async Task<GuardedChange> MakeAsync(
        IStack stack, INode node, string change, string undo, TimeSpan length, CancellationToken cancellationToken)
    {
        var seconds = Databases.Lease(length).TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var guard = await RunningStatement.BeginAsync(
            stack, node, $"DO $guard$ BEGIN PERFORM pg_sleep({seconds}); {undo}; END $guard$", Databases.Lease(length), cancellationToken);
        var made = new GuardedChange(stack, undo, guard);
        try
        {
            await using var session = await Databases.OpenAsync(stack, node, length, cancellationToken);
            await session.RunAsync($"DO $change$ BEGIN {change}; END $change$", cancellationToken);
            return made;
        }
        catch
        {
            // It may have been made all the same; should this fail too, the guard takes it back.
            await new Reversal(token => made.TakeBackAsync(node, token)).TryAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Takes the change back and ends the lease.</summary>
    /// <param name="node">Where: the primary may be another one by now.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">The server refused; can be tried again.</exception>
    public async Task TakeBackAsync(INode node, CancellationToken cancellationToken)
    {
        await using (var session = await Databases.OpenAsync(_stack, node, TimeSpan.Zero, cancellationToken))
        {
            await session.RunAsync($"DO $undo$ BEGIN {_undo}; END $undo$", cancellationToken);
        }

        await DisposeAsync();
    }

    /// <summary>Ends the lease, and does not take the change back.</summary>
    public ValueTask DisposeAsync() => _guard.DisposeAsync();
}

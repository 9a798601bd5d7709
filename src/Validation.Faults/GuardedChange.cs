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
    private readonly INode _node;
    private readonly string _undo;
    private readonly IDatabaseSession _guard;
    private readonly string _isGuard;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _sleeping;
    private bool _isEnded;

    private GuardedChange(IStack stack, INode node, string undo, IDatabaseSession guard, string isGuard, TimeSpan lease)
    {
        (_stack, _node, _undo, _guard, _isGuard) = (stack, node, undo, guard, isGuard);
        var seconds = lease.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        _sleeping = guard.TryAsync($"DO $guard$ BEGIN PERFORM pg_sleep({seconds}); {undo}; END $guard$", _ended.Token);
    }

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
        var lease = Databases.Lease(length);
        var guard = await Databases.OpenAsync(stack, node, lease, cancellationToken);
        var isGuard = await guard.RunAsync(
            "SELECT format('pid = %s AND backend_start = %L', pid, backend_start) FROM pg_stat_activity WHERE pid = pg_backend_pid()", cancellationToken);
        var made = new GuardedChange(stack, node, undo, guard, isGuard!, lease);
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
    public async ValueTask DisposeAsync()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        try
        {
            // Closing its connection would not end it: the server does not look after its clients while it sleeps.
            await using var session = await Databases.OpenAsync(_stack, _node, TimeSpan.Zero, CancellationToken.None);
            await session.RunAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {_isGuard}", CancellationToken.None);
        }
        catch (HarnessException)
        {
            // A server that lets nobody in has been stopped meanwhile, and the guard with it.
        }

        await _ended.CancelAsync();
        await _sleeping.ContinueWith(_ => { }, TaskScheduler.Default);
        await _guard.DisposeAsync();
        _ended.Dispose();
    }
}

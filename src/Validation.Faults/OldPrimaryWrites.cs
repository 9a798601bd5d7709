using Validation.Core;
using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Writes at a database node that has lost the primary role and does not know, and through the load balancer beside it.</summary>
/// <remarks>
/// Each write at the old primary has a session of its own and waits until it is acknowledged or the server ends. A limit would
/// have to cancel it, and PostgreSQL acknowledges a commit whose wait for the standby was cancelled.
/// </remarks>
internal sealed class OldPrimaryWrites(IStack stack, INode old, TimeSpan length, IEventSink events, TimeProvider time) : IAsyncDisposable
{
    private const int Tries = 10;

    // Changes no table; its commit is logged, and waits for the standby like any other.
    private const string Write = "SELECT pg_logical_emit_message(true, 'validation', 'two-leaders')";

    private readonly CancellationTokenSource _ended = new();
    private Task _writing = Task.CompletedTask;
    private int _tried, _acknowledged, _elsewhere;

    /// <summary>Gets how many writes were tried at the old primary.</summary>
    public int Tried => _tried;

    /// <summary>Gets how many of them it has acknowledged.</summary>
    public int Acknowledged => _acknowledged;

    /// <summary>Gets how many of those through the load balancer were acknowledged.</summary>
    public int Elsewhere => _elsewhere;

    /// <summary>Begins to write: ten times, spread over the fault's length.</summary>
    public void Begin() => _writing = WriteAsync(_ended.Token);

    /// <summary>Gives up those that wait.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _writing.ContinueWith(_ => { }, TaskScheduler.Default);
        _ended.Dispose();
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var waiting = new List<Task>();
        for (var i = 0; i < Tries && !cancellationToken.IsCancellationRequested; i++)
        {
            waiting.Add(WriteAtOldAsync(cancellationToken));
            _elsewhere += await ((IDatabaseCluster)stack).TryWriteAsync(cancellationToken) ? 1 : 0;
            await Task.Delay(length / Tries, time, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        await Task.WhenAll(waiting);
    }

    private async Task WriteAtOldAsync(CancellationToken cancellationToken)
    {
        var acknowledged = false;
        try
        {
            await using var session = await Databases.OpenAsync(stack, old, length, cancellationToken);
            await session.RunAsync("SET synchronous_commit = on", cancellationToken);
            Interlocked.Increment(ref _tried);
            acknowledged = await session.TryAsync(Write, cancellationToken) is null && !cancellationToken.IsCancellationRequested;
            if (acknowledged)
            {
                Interlocked.Increment(ref _acknowledged);
            }
        }
        catch (HarnessException)
        {
            // Nothing was tried at a server that lets nobody in.
            return;
        }
        catch (OperationCanceledException)
        {
            // It was waiting still when the fault was given up.
        }

        events.Record(new OldPrimaryWritten(old.Name, acknowledged));
    }
}

using System.Collections.Concurrent;

namespace Spire.Wire.Grpc.Client;

/// <summary>Lends out cancellation sources: with their timers and registrations they are a third of what a call would allocate.</summary>
internal sealed class CancellationPool
{
    // More than that at once is a burst, and may become garbage.
    private const int MaxIdle = 1024;

    private readonly ConcurrentQueue<CancellationTokenSource> _idle = new();
    private readonly TimeProvider _time;

    public CancellationPool(TimeProvider time) => _time = time;

    public CancellationTokenSource Rent(TimeSpan? timeout)
    {
        if (!_idle.TryDequeue(out var source))
        {
            source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        }

        if (timeout is { } limited)
        {
            source.CancelAfter(limited);
        }

        return source;
    }

    /// <summary>Takes a source back. Nobody may use its token any more.</summary>
    public void Return(CancellationTokenSource source)
    {
        if (_idle.Count < MaxIdle && source.TryReset())
        {
            _idle.Enqueue(source);
        }
        else
        {
            source.Dispose();
        }
    }
}

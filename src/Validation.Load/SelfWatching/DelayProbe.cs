using Validation.Core.Running;

namespace Validation.Load.SelfWatching;

/// <summary>Asks a hundred times a second to be woken, and the thread pool to begin something, and measures how late both come.</summary>
/// <remarks>The instants of the probes are fixed in advance: a standstill of one second counts as a hundred late wakes, not as one.</remarks>
internal sealed class DelayProbe : IThreadPoolWorkItem
{
    /// <summary>The time from one probe to the next.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    private const long Running = -1;

    private readonly DelayCount _wakes = new();
    private readonly DelayCount _handOvers = new();
    private readonly IPacer _pacer;
    private readonly TimeProvider _time;
    private readonly Action<IThreadPoolWorkItem> _handOver;
    private long _queuedAt;
    private long _begunAt;
    private long _longestQueue;

    /// <summary>Creates the probe; its methods are for one thread.</summary>
    /// <param name="pacer">Wakes the thread.</param>
    /// <param name="time">The clock.</param>
    /// <param name="handOver">Hands something to the thread pool.</param>
    public DelayProbe(IPacer pacer, TimeProvider time, Action<IThreadPoolWorkItem> handOver)
    {
        (_pacer, _time, _handOver) = (pacer, time, handOver);
        pacer.Begin();
        HandOver();
    }

    /// <summary>Probes for a while.</summary>
    /// <param name="length">How long.</param>
    /// <param name="look">Looks at what has to be looked at as often as that.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>False when it was ended.</returns>
    public bool ProbeFor(TimeSpan length, Action look, CancellationToken stop)
    {
        var begin = _time.GetTimestamp();
        for (var at = Interval; at <= length; at += Interval)
        {
            var planned = begin + (long)(at.TotalSeconds * _time.TimestampFrequency);
            _pacer.WaitUntil(planned, stop);
            if (stop.IsCancellationRequested)
            {
                return false;
            }

            _wakes.Add(_time.GetElapsedTime(planned));
            LookAtThreadPool();
            look();
        }

        return true;
    }

    /// <summary>Returns the delays of wakes since the last call.</summary>
    public Delays TakeWakes() => _wakes.Take();

    /// <summary>Returns the delays of hand-overs to the thread pool since the last call.</summary>
    public Delays TakeHandOvers() => _handOvers.Take();

    /// <summary>Returns the longest queue of the thread pool since the last call.</summary>
    public long TakeLongestQueue()
    {
        var longest = _longestQueue;
        _longestQueue = 0;
        return longest;
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => Volatile.Write(ref _begunAt, _time.GetTimestamp());

    private void LookAtThreadPool()
    {
        _longestQueue = Math.Max(_longestQueue, ThreadPool.PendingWorkItemCount);
        if (Volatile.Read(ref _begunAt) is var begun && begun != Running)
        {
            _handOvers.Add(_time.GetElapsedTime(_queuedAt, begun));
            HandOver();
        }
        else
        {
            // It still waits, and so would whatever had been handed over at this instant.
            _handOvers.Add(_time.GetElapsedTime(_queuedAt));
        }
    }

    private void HandOver()
    {
        Volatile.Write(ref _begunAt, Running);
        _queuedAt = _time.GetTimestamp();
        _handOver(this);
    }
}

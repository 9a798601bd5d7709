using Validation.Core.Running;

namespace Validation.Load.SelfWatching;

/// <summary>Measures what the process used since the last time: processors, pauses, files and sockets.</summary>
internal sealed class ProcessProbe
{
    // Shorter pauses cannot be told from what the scheduler does anyway.
    private static readonly TimeSpan LongPause = DelayProbe.Interval;

    private readonly ControlGroup? _group;
    private readonly TimeProvider _time;
    private long _at;
    private TimeSpan _processor;
    private TimeSpan _paused;
    private TimeSpan _longPaused;
    private ThrottleCount _throttled;
    private MachineTime? _machine;
    private int _collections;

    /// <summary>Begins to measure.</summary>
    /// <param name="group">The control group that limits the process; null when there is none.</param>
    /// <param name="time">The clock.</param>
    public ProcessProbe(ControlGroup? group, TimeProvider time)
    {
        (_group, _time) = (group, time);
        Reset();
    }

    /// <summary>Looks whether there was a garbage collection since the last call, and how long it stopped the process.</summary>
    public void LookAtPauses()
    {
        var collections = GC.CollectionCount(0);
        if (collections == _collections)
        {
            return;
        }

        _collections = collections;
        foreach (var pause in GC.GetGCMemoryInfo(GCKind.Any).PauseDurations)
        {
            _longPaused += pause > LongPause ? pause : TimeSpan.Zero;
        }
    }

    /// <summary>Returns what was used since the last call.</summary>
    /// <param name="wakes">How late the probes were.</param>
    /// <param name="handOvers">How late the thread pool was.</param>
    /// <param name="longestQueue">Its longest queue.</param>
    public HarnessHealth Read(Delays wakes, Delays handOvers, long longestQueue)
    {
        var over = _time.GetElapsedTime(_at);
        var throttled = _group?.ReadThrottling() ?? default;
        var health = new HarnessHealth
        {
            Over = over,
            Wakes = wakes,
            HandOvers = handOvers,
            LongestQueue = longestQueue,
            ProcessorsUsed = Math.Round((Environment.CpuUsage.TotalTime - _processor) / over, 2),
            MachineBusy = _machine is { } earlier && MachineTime.Read()?.ShareSince(earlier) is { } share ? Math.Round(share, 2) : null,
            ProcessorsAllowed = _group?.Processors ?? Environment.ProcessorCount,
            Periods = throttled.Periods - _throttled.Periods,
            ThrottledPeriods = throttled.Throttled - _throttled.Throttled,
            Paused = GC.GetTotalPauseDuration() - _paused,
            LongPaused = _longPaused,
            OpenFiles = SocketUse.OpenFiles(),
            OpenFilesAllowed = SocketUse.OpenFilesAllowed(),
            Sockets = SocketUse.TcpSockets(),
            Ports = SocketUse.Ports(),
        };
        Reset();
        return health;
    }

    private void Reset()
    {
        _at = _time.GetTimestamp();
        _processor = Environment.CpuUsage.TotalTime;
        _paused = GC.GetTotalPauseDuration();
        _longPaused = TimeSpan.Zero;
        _throttled = _group?.ReadThrottling() ?? default;
        _collections = GC.CollectionCount(0);
        _machine = MachineTime.Read();
    }
}

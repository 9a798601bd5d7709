namespace Validation.Core.Running;

/// <summary>The one clock of a run: monotonic time since it began.</summary>
public sealed class RunClock
{
    // The frequency of Linux: dividing 128-bit numbers for each stamp would cost more than taking it.
    private const long Nanoseconds = 1_000_000_000;

    private readonly long _start;

    /// <summary>Starts the clock.</summary>
    /// <param name="time">The machine's clock.</param>
    public RunClock(TimeProvider time)
    {
        Time = time;
        StartedAt = time.GetUtcNow();
        _start = time.GetTimestamp();
    }

    /// <summary>Gets the machine's clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Gets the wall-clock time at which the run began.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Gets the time since the run began.</summary>
    public TimeSpan Now => Time.GetElapsedTime(_start);

    /// <summary>Returns a timestamp of <see cref="TimeProvider.GetTimestamp"/> as nanoseconds since the run began.</summary>
    /// <param name="timestamp">The timestamp.</param>
    public long ToNanoseconds(long timestamp) => Time.TimestampFrequency == Nanoseconds
        ? timestamp - _start
        : (long)((Int128)(timestamp - _start) * 1_000_000_000 / Time.TimestampFrequency);

    /// <summary>Returns the timestamp at which this many nanoseconds have passed since the run began.</summary>
    /// <param name="nanoseconds">Nanoseconds since the run began.</param>
    public long ToTimestamp(long nanoseconds) => Time.TimestampFrequency == Nanoseconds
        ? _start + nanoseconds
        : _start + (long)((Int128)nanoseconds * Time.TimestampFrequency / 1_000_000_000);
}

using Validation.Core.Running;

namespace Validation.Environments.Local.Database;

/// <summary>Turns timestamps of the machine's clock into times since the run began, which only recorded events tell.</summary>
internal sealed class EventClock
{
    private readonly TimeProvider _time;
    private readonly long _timestamp;
    private readonly TimeSpan _at;

    /// <summary>Sets the clock by an event.</summary>
    /// <param name="record">Records an event now.</param>
    /// <param name="time">The machine's clock, which is the run's clock too.</param>
    public EventClock(Func<RunEvent> record, TimeProvider time)
    {
        _time = time;
        var before = time.GetTimestamp();
        _at = record().At;
        // The event was stamped somewhere in between; half of the time it took is the smallest mistake to make.
        _timestamp = before + ((time.GetTimestamp() - before) / 2);
    }

    /// <summary>Returns the time since the run began.</summary>
    /// <param name="timestamp">A timestamp of the machine's clock.</param>
    public TimeSpan At(long timestamp) => _at + (timestamp >= _timestamp
        ? _time.GetElapsedTime(_timestamp, timestamp)
        : -_time.GetElapsedTime(timestamp, _timestamp));
}

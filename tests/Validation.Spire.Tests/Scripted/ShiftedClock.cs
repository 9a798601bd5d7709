namespace Validation.Spire.Tests.Scripted;

/// <summary>The system's clock set to another date, as what was recorded lives then. Waits on it are short.</summary>
internal sealed class ShiftedClock(DateTimeOffset now) : TimeProvider
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(20);

    private readonly TimeSpan _shift = now - System.GetUtcNow();

    /// <summary>Gets an instant at which the authorities are valid that were recorded.</summary>
    public static DateTimeOffset Recorded { get; } = DateTimeOffset.FromUnixTimeSeconds(1795179240);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _shift;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime > LongestWait ? LongestWait : dueTime, period);
}

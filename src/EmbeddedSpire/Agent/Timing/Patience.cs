namespace EmbeddedSpire.Agent.Timing;

/// <summary>A <see cref="Backoff"/> that comes to an end: attempts whose turn would come too late are not made.</summary>
internal sealed class Patience
{
    private readonly Backoff _backoff;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly long _start;

    /// <summary>Begins to be patient.</summary>
    /// <param name="backoff">How long to wait between attempts.</param>
    /// <param name="limit">The time from now on after which no attempt begins.</param>
    /// <param name="time">The clock.</param>
    public Patience(Backoff backoff, TimeSpan limit, TimeProvider time)
    {
        _backoff = backoff;
        _limit = limit;
        _time = time;
        _start = time.GetTimestamp();
    }

    /// <summary>Returns how long to wait before the next attempt.</summary>
    /// <param name="wait">The time.</param>
    /// <returns>False when that attempt would come too late.</returns>
    public bool TryNext(out TimeSpan wait)
    {
        wait = _backoff.Next();
        return _time.GetElapsedTime(_start) + wait <= _limit;
    }
}

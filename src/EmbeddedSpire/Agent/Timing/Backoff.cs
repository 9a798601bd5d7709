namespace EmbeddedSpire.Agent.Timing;

/// <summary>
/// How long SPIRE waits between attempts: an interval that varies by 10 % either way and grows by half with every attempt.
/// Belongs to one loop; not for several threads.
/// </summary>
internal sealed class Backoff
{
    private const double Multiplier = 1.5;
    private const double Spread = 0.1;

    // SPIRE's loops stop growing here when they do not say otherwise.
    private const int DefaultGrowth = 24;

    private readonly TimeSpan _initial;
    private readonly TimeSpan _longest;
    private readonly Jitter _jitter;
    private TimeSpan _current;

    /// <summary>Creates a back-off.</summary>
    /// <param name="initial">The first interval; more than zero.</param>
    /// <param name="jitter">Draws the variation.</param>
    /// <param name="longest">The interval at which growing ends, before variation. Defaults to 24 times <paramref name="initial"/>.</param>
    public Backoff(TimeSpan initial, Jitter jitter, TimeSpan? longest = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(initial, TimeSpan.Zero);
        _initial = _current = initial;
        _longest = longest ?? initial * DefaultGrowth;
        _jitter = jitter;
    }

    /// <summary>Begins anew with the first interval.</summary>
    public void Reset() => _current = _initial;

    /// <summary>Returns how long to wait now.</summary>
    public TimeSpan Next()
    {
        var next = _jitter.Around(_current, Spread);
        _current = _current >= _longest / Multiplier ? _longest : _current * Multiplier;
        return next;
    }
}

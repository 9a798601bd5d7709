namespace EmbeddedSpire.Agent.Timing;

/// <summary>Spreads what many agents do, so that they do not all do it at once. May be used by many threads.</summary>
internal sealed class Jitter
{
    private readonly Random _random;
    private readonly Lock _gate = new();

    /// <summary>Creates the jitter.</summary>
    /// <param name="random">Draws; used by nobody else.</param>
    public Jitter(Random random) => _random = random;

    /// <summary>Draws a time.</summary>
    /// <param name="from">The shortest, inclusive.</param>
    /// <param name="to">The longest, exclusive; equal to <paramref name="from"/> when nothing is drawn.</param>
    public TimeSpan Between(TimeSpan from, TimeSpan to)
    {
        lock (_gate)
        {
            return from + ((to - from) * _random.NextDouble());
        }
    }

    /// <summary>Draws a time near another one.</summary>
    /// <param name="middle">The other one.</param>
    /// <param name="part">The part of it by which the drawn one differs at most, between 0 and 1.</param>
    public TimeSpan Around(TimeSpan middle, double part) => Between(middle * (1 - part), middle * (1 + part));
}

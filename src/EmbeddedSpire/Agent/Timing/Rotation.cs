namespace EmbeddedSpire.Agent.Timing;

/// <summary>When an SVID is old enough to be replaced.</summary>
/// <remarks>
/// SPIRE draws the variation anew at every look, and looks every few seconds. So SVIDs that were issued together are
/// replaced soon after the earliest instant, and not evenly over the 10 %.
/// </remarks>
internal sealed class Rotation
{
    private const double Spread = 0.1;

    // An availability target must leave this much of a life, or it is ignored for that SVID.
    private static readonly TimeSpan LeastGrace = TimeSpan.FromHours(12);
    private static readonly TimeSpan TargetSpread = TimeSpan.FromMinutes(10);

    private readonly TimeSpan _availabilityTarget;
    private readonly Jitter _jitter;

    /// <summary>Creates the rule.</summary>
    /// <param name="jitter">Draws the variation.</param>
    /// <param name="availabilityTarget">The time that X509-SVIDs should outlive all servers; zero when there is no such wish.</param>
    public Rotation(Jitter jitter, TimeSpan availabilityTarget = default) => (_jitter, _availabilityTarget) = (jitter, availabilityTarget);

    /// <summary>Tells whether the life of an X509-SVID is too short for the availability target.</summary>
    public bool IsTargetOutOfReach(DateTimeOffset begin, DateTimeOffset end) =>
        _availabilityTarget > TimeSpan.Zero && end - begin - _availabilityTarget <= LeastGrace;

    /// <summary>Tells whether it is time to replace an X509-SVID.</summary>
    /// <param name="begin">The beginning of its life.</param>
    /// <param name="end">The end of its life.</param>
    /// <param name="now">Now.</param>
    public bool IsX509Due(DateTimeOffset begin, DateTimeOffset end, DateTimeOffset now)
    {
        var rest = end - now;
        return rest <= TimeSpan.Zero || IsNearTarget(begin, end, rest) || IsPastHalf(end - begin, rest);
    }

    /// <summary>Tells whether it is time to replace a JWT-SVID.</summary>
    /// <param name="issuedAt">The beginning of its life.</param>
    /// <param name="expiresAt">The end of its life.</param>
    /// <param name="now">Now.</param>
    public bool IsJwtDue(DateTimeOffset issuedAt, DateTimeOffset expiresAt, DateTimeOffset now) =>
        expiresAt <= now || IsPastHalf(expiresAt - issuedAt, expiresAt - now);

    private bool IsNearTarget(DateTimeOffset begin, DateTimeOffset end, TimeSpan rest) =>
        _availabilityTarget > TimeSpan.Zero
        && !IsTargetOutOfReach(begin, end)
        && rest <= _jitter.Between(_availabilityTarget, _availabilityTarget + TargetSpread);

    private bool IsPastHalf(TimeSpan life, TimeSpan rest) => rest <= _jitter.Around(life / 2, Spread);
}

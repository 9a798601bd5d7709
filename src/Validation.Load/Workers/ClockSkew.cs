using Validation.Core;

namespace Validation.Load.Workers;

/// <summary>One question for the time and its answer. The first and the last stamp are ours, the two in between the other's.</summary>
/// <param name="SentNs">When the question was sent, on our clock.</param>
/// <param name="ReceivedNs">When it was received, on the other clock.</param>
/// <param name="AnsweredNs">When it was answered, on the other clock.</param>
/// <param name="BackNs">When the answer was back, on our clock.</param>
/// <param name="WallClockAhead">By how much the other wall clock was ahead of ours, taken in the middle.</param>
internal readonly record struct RoundTrip(long SentNs, long ReceivedNs, long AnsweredNs, long BackNs, TimeSpan WallClockAhead)
{
    /// <summary>Gets how long question and answer were under way.</summary>
    public long LengthNs => BackNs - SentNs - (AnsweredNs - ReceivedNs);
}

/// <summary>What the monotonic clocks of two processes differ by.</summary>
/// <param name="AheadNs">By how much the other clock is ahead of ours.</param>
/// <param name="UncertaintyNs">The true value is at most so far away.</param>
/// <param name="RoundTripNs">The round trip from which it was computed.</param>
/// <param name="WallClockAhead">By how much the other wall clock is ahead of ours.</param>
internal readonly record struct ClockSkew(long AheadNs, long UncertaintyNs, long RoundTripNs, TimeSpan WallClockAhead)
{
    /// <summary>Computes it from the shortest of several round trips.</summary>
    /// <remarks>
    /// Each way takes at least no time, so the truth lies within half a round trip of the middle, however unequal the
    /// two ways are. The shortest trip waited least in queues and so bounds it best (Cristian 1989; RFC 5905 §8).
    /// </remarks>
    /// <param name="trips">The round trips; at least one.</param>
    public static ClockSkew Of(IEnumerable<RoundTrip> trips)
    {
        var best = trips.MinBy(trip => trip.LengthNs);
        var ahead = (best.ReceivedNs - best.SentNs + (best.AnsweredNs - best.BackNs)) / 2;
        return new ClockSkew(ahead, (best.LengthNs + 1) / 2, best.LengthNs, best.WallClockAhead);
    }

    /// <summary>Returns by how much instants of the other clock may be wrong that were mapped with this, when a later look found another value.</summary>
    /// <param name="later">What was found later.</param>
    public TimeSpan UncertaintyUntil(ClockSkew later) =>
        TimeSpan.FromMicroseconds((Math.Max(UncertaintyNs, later.UncertaintyNs) + Math.Abs(later.AheadNs - AheadNs)) / 1_000.0);

    /// <inheritdoc/>
    public override string ToString() => $"± {Duration.Format(TimeSpan.FromMicroseconds(UncertaintyNs / 1_000.0))}";
}

using Validation.Core;

namespace Validation.Load;

/// <summary>The planned instants of one load with constant arrivals.</summary>
/// <remarks>Instant <c>n</c> is computed from the start, not from instant <c>n − 1</c>: rounding never adds up.</remarks>
internal sealed class Schedule
{
    private readonly Rate _arrivals;
    private readonly long _offsetNs;

    /// <summary>Creates the schedule.</summary>
    /// <param name="arrivals">Operations per second.</param>
    /// <param name="share">Where in the first interval the first operation lies, from 0 to below 1; spreads several loads.</param>
    public Schedule(Rate arrivals, double share)
    {
        _arrivals = arrivals;
        _offsetNs = (long)(share * 1e9 / arrivals.PerSecond);
    }

    /// <summary>Gets the number of the next operation.</summary>
    public long Number { get; private set; }

    /// <summary>Gets the planned instant of the next operation, in nanoseconds since the loads started.</summary>
    public long NextNs => _offsetNs + (long)Math.Round(Number * 1e9 / _arrivals.PerSecond);

    /// <summary>Goes on to the following operation.</summary>
    public void Advance() => Number++;
}

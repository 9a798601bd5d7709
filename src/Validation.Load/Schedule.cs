using Validation.Core;

namespace Validation.Load;

/// <summary>The planned instants of one load with constant arrivals, or those of one share of it.</summary>
/// <remarks>
/// Instant <c>n</c> is computed from the start, not from the one before: rounding never adds up, and the instants of all
/// shares together are those of the whole load, to the nanosecond.
/// </remarks>
internal sealed class Schedule
{
    private readonly Rate _arrivals;
    private readonly long _offsetNs;
    private readonly int _step;

    /// <summary>Creates the schedule of a whole load.</summary>
    /// <param name="arrivals">Operations per second.</param>
    /// <param name="offset">Where in the first interval the first operation lies, from 0 to below 1; spreads several loads.</param>
    public Schedule(Rate arrivals, double offset)
        : this(arrivals, offset, Share.Whole)
    {
    }

    /// <summary>Creates the schedule of a share of a load.</summary>
    /// <param name="arrivals">Operations per second of the whole load.</param>
    /// <param name="offset">Where in the first interval the load's first operation lies, from 0 to below 1.</param>
    /// <param name="share">The share.</param>
    public Schedule(Rate arrivals, double offset, Share share)
    {
        _arrivals = arrivals;
        _offsetNs = (long)(offset * 1e9 / arrivals.PerSecond);
        _step = share.Count;
        Number = share.Index;
    }

    /// <summary>Gets the number of the next operation in the whole load, from 0.</summary>
    public long Number { get; private set; }

    /// <summary>Gets the planned instant of the next operation, in nanoseconds since the loads started.</summary>
    public long NextNs => _offsetNs + (long)Math.Round(Number * 1e9 / _arrivals.PerSecond);

    /// <summary>Returns where in its first interval a load begins, so that loads of equal rates do not fire at equal instants.</summary>
    /// <param name="load">The load's index in the plan.</param>
    /// <param name="loads">How many loads there are.</param>
    public static double OffsetOf(int load, int loads) => (double)load / loads;

    /// <summary>Goes on to the following operation.</summary>
    public void Advance() => Number += _step;
}

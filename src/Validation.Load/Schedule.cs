using Validation.Core.Loads;
using Validation.Load.Arriving;

namespace Validation.Load;

/// <summary>What one load has planned next, or one share of it. Walked by the pacer alone.</summary>
internal abstract class Schedule
{
    /// <summary>What <see cref="NextNs"/> is while nothing is planned.</summary>
    public const long Nothing = long.MaxValue;

    /// <summary>Gets the number of the next operation in the whole load, from 0.</summary>
    public abstract long Number { get; }

    /// <summary>Gets the planned instant of the next operation, in nanoseconds since the loads started, or <see cref="Nothing"/>.</summary>
    public abstract long NextNs { get; }

    /// <summary>Gets after which time something may be planned that is not yet.</summary>
    /// <value>Null, the default, when that cannot be.</value>
    public virtual TimeSpan? MayChangeWithin => null;

    /// <summary>Returns the schedule of a load.</summary>
    /// <param name="arrivals">Its arrivals.</param>
    /// <param name="load">Its index in the plan. Loads begin at different parts of their first interval, so that equal rates do not give equal instants.</param>
    /// <param name="loads">How many loads there are.</param>
    /// <param name="share">The share of it.</param>
    public static Schedule Of(Arrivals arrivals, int load, int loads, Share share)
    {
        var offset = (double)load / loads;
        return arrivals switch
        {
            EvenArrivals even => new OpenSchedule(new EvenInstants(even.Rate, offset), share),
            RampArrivals ramp => new OpenSchedule(new CurveInstants(ramp, offset), share),
            StepArrivals steps => new OpenSchedule(new CurveInstants(steps, offset), share),
            PoissonArrivals poisson => new OpenSchedule(new PoissonInstants(poisson), share),
            BurstArrivals bursts => new OpenSchedule(new BurstInstants(bursts), share),
            ClosedArrivals closed when share.Count == 1 => new ClosedSchedule(closed),
            _ => throw new ArgumentException($"There is no schedule for a share of '{arrivals}'.", nameof(arrivals)),
        };
    }

    /// <summary>Goes on to the following operation.</summary>
    public abstract void Advance();

    /// <summary>Tells that an operation of the load has ended. Called from any thread.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="tookNs">The time from its planned instant to its end.</param>
    public virtual void Ended(long number, long tookNs)
    {
    }
}

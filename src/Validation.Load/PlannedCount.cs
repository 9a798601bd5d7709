using Validation.Core.Loads;
using Validation.Core.Running;

namespace Validation.Load;

/// <summary>Counts the operations of a load whose planned instant has passed, for whoever watches a run.</summary>
public sealed class PlannedCount
{
    private readonly Schedule? _schedule;

    /// <summary>Begins to count.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="load">The load's index in it.</param>
    public PlannedCount(Plan plan, int load)
    {
        var arrivals = plan.Loads[load].Arrivals;
        _schedule = arrivals is ClosedArrivals or OwnArrivals ? null : Schedule.Of(arrivals, load, plan.Loads.Count, Share.Whole);
    }

    /// <summary>Returns how many operations are planned before an instant.</summary>
    /// <param name="instant">The instant, since the loads started; never earlier than in the call before.</param>
    /// <returns>Null for a population, of which nobody knows it in advance.</returns>
    public long? Before(TimeSpan instant)
    {
        while (_schedule?.NextNs < instant.TotalNanoseconds)
        {
            _schedule.Advance();
        }

        return _schedule?.Number;
    }
}

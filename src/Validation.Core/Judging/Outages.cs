using Validation.Core.Recording;

namespace Validation.Core.Judging;

/// <summary>Measures how long a load got no success. All instants are planned ones, so nothing that was not sent is left out.</summary>
internal static class Outages
{
    /// <summary>Returns the longest time in which every planned operation failed.</summary>
    /// <param name="byPlanned">The operations in the order of their planned instants.</param>
    /// <param name="window">Their window; an outage that reaches its end ends there.</param>
    public static TimeSpan Longest(IReadOnlyList<Sample> byPlanned, Window window)
    {
        var longest = 0L;
        var begin = (long?)null;
        foreach (var sample in byPlanned)
        {
            if (!sample.Succeeded)
            {
                begin ??= sample.PlannedNs;
            }
            else if (begin is not null)
            {
                longest = Math.Max(longest, sample.PlannedNs - begin.Value);
                begin = null;
            }
        }

        if (begin is not null)
        {
            longest = Math.Max(longest, (long)window.To.TotalNanoseconds - begin.Value);
        }

        return TimeSpan.FromTicks(longest / TimeSpan.NanosecondsPerTick);
    }

    /// <summary>Returns the time from the window's start until operations succeed without a failure for the settling time.</summary>
    /// <param name="byPlanned">The operations in the order of their planned instants.</param>
    /// <param name="window">From the fault's edge to the end of what was watched.</param>
    /// <param name="settle">The settling time; must fit before the window's end.</param>
    /// <returns>
    /// Null when that never happened in the window; zero when nothing failed. Silence is no success: where nothing was planned
    /// for the settling time, it is recovered with the next success.
    /// </returns>
    public static TimeSpan? TimeToRecover(IEnumerable<Sample> byPlanned, Window window, TimeSpan settle)
    {
        var settleNs = (long)settle.TotalNanoseconds;
        var start = (long)window.From.TotalNanoseconds;
        var goodSince = (long?)start;
        var hasSucceeded = false;
        foreach (var sample in byPlanned)
        {
            if (sample.PlannedNs - goodSince >= settleNs)
            {
                if (hasSucceeded)
                {
                    break;
                }

                goodSince = null;
            }

            goodSince = sample.Succeeded ? goodSince ?? sample.PlannedNs : null;
            hasSucceeded = sample.Succeeded;
        }

        var end = (long)window.To.TotalNanoseconds;
        return hasSucceeded && end - goodSince >= settleNs
            ? TimeSpan.FromTicks((goodSince!.Value - start) / TimeSpan.NanosecondsPerTick)
            : null;
    }
}

namespace Validation.Statistics;

/// <summary>Times until something happened, of which some were watched only until it had not happened yet.</summary>
public static class Survival
{
    /// <summary>Returns the median time by the estimator of Kaplan and Meier.</summary>
    /// <remarks>A time that was cut short counts as long as it was watched; leaving it out, or taking it as the time itself, would flatter.</remarks>
    /// <param name="times">The times, and whether each of them was cut short.</param>
    /// <returns>Null when it had not happened for half of them while they were watched: the median is longer than that.</returns>
    public static double? Median(IReadOnlyCollection<(double Time, bool IsCutShort)> times)
    {
        var remaining = 1.0;
        var watched = times.Count;
        foreach (var same in times.GroupBy(one => one.Time).OrderBy(group => group.Key))
        {
            remaining *= 1 - ((double)same.Count(one => !one.IsCutShort) / watched);
            watched -= same.Count();
            if (remaining <= 0.5 + 1e-12)
            {
                return same.Key;
            }
        }

        return null;
    }
}

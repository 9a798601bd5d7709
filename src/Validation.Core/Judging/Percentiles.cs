using Validation.Core.Recording;

namespace Validation.Core.Judging;

/// <summary>Percentiles by nearest rank: the reported latency is always one that really happened.</summary>
public static class Percentiles
{
    /// <summary>Returns the latencies of the operations that succeeded, in nanoseconds, ascending.</summary>
    /// <param name="samples">The operations.</param>
    public static long[] SortedLatencies(IReadOnlyList<Sample> samples)
    {
        var latencies = new long[samples.Count];
        var succeeded = 0;
        foreach (var sample in samples)
        {
            if (sample.Succeeded)
            {
                latencies[succeeded++] = sample.LatencyNs;
            }
        }

        Array.Resize(ref latencies, succeeded);
        Array.Sort(latencies);
        return latencies;
    }

    /// <summary>Returns a percentile.</summary>
    /// <param name="ascending">The values in ascending order, in nanoseconds.</param>
    /// <param name="percentile">More than 0 and at most 100.</param>
    /// <returns>The percentile; zero when there are no values.</returns>
    public static TimeSpan At(ReadOnlySpan<long> ascending, double percentile)
    {
        if (ascending.IsEmpty)
        {
            return TimeSpan.Zero;
        }

        // The decimal type keeps 99.9 / 100 × 1000 at 999; with doubles it would be 999.0000000000001 and one rank too high.
        var rank = (int)Math.Ceiling((decimal)percentile / 100 * ascending.Length);
        return TimeSpan.FromTicks(ascending[Math.Clamp(rank, 1, ascending.Length) - 1] / TimeSpan.NanosecondsPerTick);
    }
}

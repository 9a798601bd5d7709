using Validation.Core.Judging;
using Validation.Core.Recording;

namespace Validation.Reporting.Digest;

/// <summary>What happened to the operations of one load that were planned in one slice of time.</summary>
/// <param name="From">The slice's start, since the run began.</param>
/// <param name="Planned">How many were planned.</param>
/// <param name="Failed">How many of these failed.</param>
/// <param name="Median">Median latency of those that succeeded; null when none did.</param>
/// <param name="P99">99th percentile; null when fewer than 100 succeeded, where it would only be the largest.</param>
/// <param name="Largest">The largest latency; null when none succeeded.</param>
internal readonly record struct LoadSlice(TimeSpan From, int Planned, int Failed, TimeSpan? Median, TimeSpan? P99, TimeSpan? Largest);

/// <summary>One load over time, slice by slice. Operations belong to the slice in which they were planned.</summary>
/// <param name="Width">How long a slice is: one second, or a multiple in long runs.</param>
/// <param name="Slices">The slices without a gap; those in which nothing was planned are there too.</param>
internal sealed record LoadSeries(TimeSpan Width, IReadOnlyList<LoadSlice> Slices)
{
    // More slices than pixels cannot be seen and would only make the file larger.
    private const int MostSlices = 600;

    private const int SamplesForP99 = 100;

    /// <summary>Cuts a load into slices.</summary>
    /// <param name="samples">The load's operations.</param>
    /// <param name="from">Where the first slice begins.</param>
    /// <param name="to">Where the last slice ends, or a little before.</param>
    public static LoadSeries Of(IEnumerable<Sample> samples, TimeSpan from, TimeSpan to)
    {
        var width = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((to - from).TotalSeconds / MostSlices)));
        var count = Math.Max(1, (int)Math.Ceiling((to - from) / width));
        var bySlice = samples.ToLookup(sample => (int)Math.Floor((sample.PlannedNs - from.TotalNanoseconds) / width.TotalNanoseconds));
        return new LoadSeries(width, [.. Enumerable.Range(0, count).Select(index => SliceOf(from + (index * width), [.. bySlice[index]]))]);
    }

    private static LoadSlice SliceOf(TimeSpan from, Sample[] samples)
    {
        var latencies = Percentiles.SortedLatencies(samples);
        return new LoadSlice(
            from,
            samples.Length,
            samples.Length - latencies.Length,
            At(latencies, 50, 1),
            At(latencies, 99, SamplesForP99),
            At(latencies, 100, 1));
    }

    private static TimeSpan? At(long[] latencies, double percentile, int needed) =>
        latencies.Length < needed ? null : Percentiles.At(latencies, percentile);
}

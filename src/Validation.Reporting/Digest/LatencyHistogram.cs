using Validation.Core.Recording;

namespace Validation.Reporting.Digest;

/// <summary>How often latencies of a certain size occurred. The classes grow by the same factor each.</summary>
/// <param name="Classes">The classes without a gap, from the smallest latency to the largest.</param>
internal sealed record LatencyHistogram(IReadOnlyList<LatencyClass> Classes)
{
    private const int ClassesPerDecade = 12;

    /// <summary>Counts the latencies of the operations that succeeded.</summary>
    /// <param name="samples">The operations.</param>
    public static LatencyHistogram Of(IEnumerable<Sample> samples)
    {
        var counts = samples.Where(sample => sample.Succeeded).CountBy(sample => IndexOf(sample.LatencyNs)).ToDictionary();
        return counts.Count == 0
            ? new LatencyHistogram([])
            : new LatencyHistogram(
            [
                .. Enumerable.Range(counts.Keys.Min(), counts.Keys.Max() - counts.Keys.Min() + 1)
                    .Select(index => new LatencyClass(EdgeOf(index), EdgeOf(index + 1), counts.GetValueOrDefault(index))),
            ]);
    }

    // Class 0 begins at one microsecond; what is faster than that falls into it.
    private static int IndexOf(long nanoseconds) => (int)Math.Floor(Math.Log10(Math.Max(nanoseconds, 1_000) / 1_000.0) * ClassesPerDecade);

    private static double EdgeOf(int index) => Math.Pow(10, (double)index / ClassesPerDecade) / 1_000;
}

/// <summary>One class of latencies.</summary>
/// <param name="FromMs">Its lower edge in milliseconds; belongs to it.</param>
/// <param name="ToMs">Its upper edge in milliseconds.</param>
/// <param name="Count">How many latencies lie in it.</param>
internal readonly record struct LatencyClass(double FromMs, double ToMs, int Count);

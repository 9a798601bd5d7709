using System.Numerics;

namespace Validation.Load.Workers;

/// <summary>Counts latencies in buckets that are at most 1/64 of their value wide. Merging is adding counts, and so exact.</summary>
/// <remarks>
/// The layout is HdrHistogram's, with 64 buckets for each power of two: values below 128 ns have a bucket each, then
/// each bucket is twice as wide in the next power. A count never gets lost in a merge, and the order does not matter.
/// </remarks>
internal sealed class LatencyHistogram
{
    private const int SubBuckets = 64;
    private const int SubBucketBits = 6;

    private readonly SortedDictionary<int, long> _counts = [];

    /// <summary>Gets how many latencies were counted.</summary>
    public long Count { get; private set; }

    /// <summary>Counts a latency.</summary>
    /// <param name="nanoseconds">The latency; what is negative counts as zero.</param>
    public void Add(long nanoseconds) => Add(BucketOf(Math.Max(0, nanoseconds)), 1);

    /// <summary>Counts everything that another histogram has counted.</summary>
    /// <param name="pairs">Buckets and counts by turns, as <see cref="ToPairs"/> returns them.</param>
    /// <exception cref="InvalidDataException">They are no pairs, or a count is not more than zero.</exception>
    public void Add(IReadOnlyList<long> pairs)
    {
        for (var i = 0; i < pairs.Count; i += 2)
        {
            if (i + 1 == pairs.Count || pairs[i] is < 0 or > int.MaxValue || pairs[i + 1] <= 0)
            {
                throw new InvalidDataException("The pairs of a histogram are broken.");
            }

            Add((int)pairs[i], pairs[i + 1]);
        }
    }

    /// <summary>Returns the buckets that are not empty and their counts, by turns.</summary>
    public IReadOnlyList<long> ToPairs() => [.. _counts.SelectMany(bucket => new[] { bucket.Key, bucket.Value })];

    /// <summary>Returns a percentile: the upper edge of the bucket in which it lies.</summary>
    /// <param name="percentile">More than 0 and at most 100.</param>
    /// <returns>Nanoseconds; zero when nothing was counted.</returns>
    public long At(double percentile)
    {
        var rank = Math.Max(1, (long)Math.Ceiling((decimal)percentile / 100 * Count));
        foreach (var (bucket, count) in _counts)
        {
            rank -= count;
            if (rank <= 0)
            {
                return UpperEdgeOf(bucket);
            }
        }

        return 0;
    }

    private static int BucketOf(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value | 1) - SubBucketBits);
        return (shift * SubBuckets) + (int)(value >> shift);
    }

    private static long UpperEdgeOf(int bucket)
    {
        var shift = Math.Max(0, (bucket / SubBuckets) - 1);
        return ((bucket - (shift * SubBuckets) + 1L) << shift) - 1;
    }

    private void Add(int bucket, long count)
    {
        _counts[bucket] = _counts.GetValueOrDefault(bucket) + count;
        Count += count;
    }
}

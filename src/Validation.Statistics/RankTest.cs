using MathNet.Numerics.Distributions;

namespace Validation.Statistics;

/// <summary>The test of Mann and Whitney: whether the values of one sample tend to be larger than those of another.</summary>
/// <remarks>It asks for nothing but the order of the values, so one run that went astray does not decide it.</remarks>
public static class RankTest
{
    // Beyond it the normal distribution is as good, and counting takes long.
    private const int MostCounted = 40;

    /// <summary>Returns how probable a difference like this one is, in either direction, when there is none.</summary>
    /// <param name="first">The values of the first sample; at least one.</param>
    /// <param name="second">The values of the second sample; at least one.</param>
    /// <returns>More than 0 and at most 1. Exact up to 40 values in all, ties included.</returns>
    public static double PValue(IReadOnlyCollection<double> first, IReadOnlyCollection<double> second)
    {
        var ranks = DoubledRanks([.. first, .. second]);
        var sum = ranks.Take(first.Count).Sum();
        return ranks.Length <= MostCounted ? Counted(ranks, first.Count, sum) : Approximated(ranks, first.Count, sum);
    }

    /// <summary>Returns the smallest probability that samples of these sizes can reach at all.</summary>
    /// <param name="first">The size of the first sample.</param>
    /// <param name="second">The size of the second sample.</param>
    public static double SmallestPValue(int first, int second) =>
        Math.Min(1, 2 / MathNet.Numerics.SpecialFunctions.Binomial(first + second, first));

    // Twice the rank is a whole number also where tied values share the mean of their ranks.
    private static int[] DoubledRanks(double[] values)
    {
        var order = Enumerable.Range(0, values.Length).OrderBy(index => values[index]).ToArray();
        var ranks = new int[values.Length];
        for (var from = 0; from < order.Length;)
        {
            var to = from;
            while (to < order.Length && values[order[to]].Equals(values[order[from]]))
            {
                to++;
            }

            for (var tied = from; tied < to; tied++)
            {
                ranks[order[tied]] = from + to + 1;
            }

            from = to;
        }

        return ranks;
    }

    /// <summary>Counts, over all ways to pick the first sample from all values, how many are as far from the middle.</summary>
    private static double Counted(int[] ranks, int size, int sum)
    {
        var all = ranks.Sum();
        var ways = new double[size + 1, all + 1];
        ways[0, 0] = 1;
        foreach (var rank in ranks)
        {
            for (var picked = size; picked > 0; picked--)
            {
                for (var total = all; total >= rank; total--)
                {
                    ways[picked, total] += ways[picked - 1, total - rank];
                }
            }
        }

        var middle = (double)size * all / ranks.Length;
        var distance = Math.Abs(sum - middle) - 1e-9;
        double farther = 0, every = 0;
        for (var total = 0; total <= all; total++)
        {
            every += ways[size, total];
            farther += Math.Abs(total - middle) >= distance ? ways[size, total] : 0;
        }

        return farther / every;
    }

    private static double Approximated(int[] ranks, int size, int sum)
    {
        double all = ranks.Length;
        var other = all - size;
        var ties = ranks.GroupBy(rank => rank).Sum(tied => Math.Pow(tied.Count(), 3) - tied.Count());
        var variance = size * other / 12 * (all + 1 - (ties / (all * (all - 1))));
        var distance = Math.Abs((sum / 2.0) - (size * (all + 1) / 2));
        return variance <= 0 ? 1 : Math.Min(1, 2 * Normal.CDF(0, 1, -Math.Max(0, distance - 0.5) / Math.Sqrt(variance)));
    }
}

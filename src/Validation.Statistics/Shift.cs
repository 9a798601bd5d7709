namespace Validation.Statistics;

/// <summary>By how much the values of one sample are larger than those of another (Hodges and Lehmann).</summary>
/// <param name="Estimate">The median of all differences between a value of the second sample and one of the first.</param>
/// <param name="Low">The lower bound of the interval; null when the samples are too small for one.</param>
/// <param name="High">The upper bound of the interval; null when the samples are too small for one.</param>
public readonly record struct Shift(double Estimate, double? Low, double? High)
{
    /// <summary>Estimates the shift from the first sample to the second.</summary>
    /// <param name="first">The values of the first sample; at least one.</param>
    /// <param name="second">The values of the second sample; at least one.</param>
    /// <param name="confidence">The confidence of the interval, two-sided.</param>
    public static Shift Between(IReadOnlyCollection<double> first, IReadOnlyCollection<double> second, double confidence)
    {
        var differences = (from after in second from before in first select after - before).Order().ToArray();
        var outside = Outside(first.Count, second.Count, (1 - confidence) / 2);
        return outside == 0
            ? new Shift(Middle(differences), null, null)
            : new Shift(Middle(differences), differences[outside - 1], differences[^outside]);
    }

    /// <summary>Returns the median.</summary>
    /// <param name="ascending">The values in ascending order; at least one.</param>
    public static double Middle(IReadOnlyList<double> ascending) =>
        (ascending[(ascending.Count - 1) / 2] + ascending[ascending.Count / 2]) / 2;

    /// <summary>Returns how many differences lie outside of the interval on each side: the quantile of Mann and Whitney's U.</summary>
    private static int Outside(int first, int second, double tail)
    {
        // ways[u] for i values of the first sample and j of the second, of which the last is the largest or not.
        var ways = new double[first + 1, second + 1][];
        for (var i = 0; i <= first; i++)
        {
            for (var j = 0; j <= second; j++)
            {
                ways[i, j] = new double[(i * j) + 1];
                if (i == 0 || j == 0)
                {
                    ways[i, j][0] = 1;
                    continue;
                }

                for (var u = 0; u <= i * j; u++)
                {
                    ways[i, j][u] = (u >= j && u - j <= (i - 1) * j ? ways[i - 1, j][u - j] : 0) + (u <= i * (j - 1) ? ways[i, j - 1][u] : 0);
                }
            }
        }

        var all = ways[first, second].Sum();
        var sum = 0.0;
        var outside = 0;
        foreach (var way in ways[first, second])
        {
            sum += way;
            if (sum / all > tail)
            {
                break;
            }

            outside++;
        }

        return outside;
    }
}

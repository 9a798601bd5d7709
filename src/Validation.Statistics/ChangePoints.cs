namespace Validation.Statistics;

/// <summary>Finds where a series of values went from one level to another.</summary>
/// <remarks>
/// The split between whose sides the rank test sees the greatest difference is a change when that is significant, corrected
/// for the number of splits that were tried; then each side is looked at in the same way. There is no chance in it: the
/// same values give the same changes.
/// </remarks>
public static class ChangePoints
{
    // Fewer on one side are an outlier or two, and no level.
    private const int Fewest = 3;

    // What lies further away may be another level already: one that went up and down again would hide itself.
    private const int Furthest = 12;

    /// <summary>Finds the changes.</summary>
    /// <param name="values">The values, in the order in which they were taken.</param>
    /// <param name="falseAlarms">How often a series without any change may show one, between 0 and 1.</param>
    /// <param name="matters">Whether a difference between the values before and after is large enough to be told.</param>
    /// <returns>The places at which a new level begins, ascending.</returns>
    public static IReadOnlyList<int> Find(
        IReadOnlyList<double> values, double falseAlarms, Func<IReadOnlyList<double>, IReadOnlyList<double>, bool> matters)
    {
        var found = new List<int>();
        Look(0, values.Count);
        found.Sort();
        return found;

        void Look(int from, int to)
        {
            var splits = Enumerable.Range(from + Fewest, Math.Max(0, to - from - (2 * Fewest) + 1)).ToArray();
            if (splits.Length == 0)
            {
                return;
            }

            var (probability, at) = splits.Select(split => (RankTest.PValue(Before(from, split), After(split, to)), split)).Min();
            if (probability * splits.Length <= falseAlarms && matters(Before(from, at), After(at, to)))
            {
                found.Add(at);
                Look(from, at);
                Look(at, to);
            }
        }

        double[] Before(int from, int split) => Part(Math.Max(from, split - Furthest), split);

        double[] After(int split, int to) => Part(split, Math.Min(to, split + Furthest));

        double[] Part(int from, int to) => [.. values.Skip(from).Take(to - from)];
    }
}

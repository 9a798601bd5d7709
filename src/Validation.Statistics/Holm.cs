namespace Validation.Statistics;

/// <summary>Holm's correction: many comparisons together raise a false alarm no more often than one alone would.</summary>
public static class Holm
{
    /// <summary>Returns the probabilities, corrected for their number.</summary>
    /// <param name="probabilities">One for each comparison, in any order.</param>
    /// <returns>The corrected ones in the same order; each at least what it was and at most 1.</returns>
    public static IReadOnlyList<double> Correct(IReadOnlyList<double> probabilities)
    {
        var corrected = new double[probabilities.Count];
        var largest = 0.0;
        var order = Enumerable.Range(0, probabilities.Count).OrderBy(index => probabilities[index]);
        foreach (var (index, rank) in order.Select((index, rank) => (index, rank)))
        {
            largest = Math.Max(largest, Math.Min(1, probabilities[index] * (probabilities.Count - rank)));
            corrected[index] = largest;
        }

        return corrected;
    }
}

namespace Validation.Spire.Benching;

/// <summary>The middle of some figures: one round that was disturbed does not move it.</summary>
internal static class Median
{
    /// <summary>Returns the median.</summary>
    /// <param name="figures">At least one; with an even number the mean of the two in the middle.</param>
    public static double Of(IEnumerable<double> figures)
    {
        var ascending = figures.Order().ToArray();
        return (ascending[(ascending.Length - 1) / 2] + ascending[ascending.Length / 2]) / 2;
    }
}

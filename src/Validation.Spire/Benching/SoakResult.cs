namespace Validation.Spire.Benching;

/// <summary>What this process needed while it called at a steady rate.</summary>
/// <param name="PerSecond">Calls per second.</param>
/// <param name="Length">How long.</param>
/// <param name="Calls">How many calls there were.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="Readings">The resident bytes, garbage included, every second.</param>
public sealed record SoakResult(double PerSecond, TimeSpan Length, long Calls, long Failed, IReadOnlyList<long> Readings)
{
    /// <summary>Gets the median of the second third; before it, code is compiled and pools fill.</summary>
    public double BytesBefore => Median(Readings.Count / 3, Readings.Count * 2 / 3);

    /// <summary>Gets the median of the last third.</summary>
    public double BytesAfter => Median(Readings.Count * 2 / 3, Readings.Count);

    /// <summary>Gets the last third's median divided by that of the second.</summary>
    public double Growth => BytesAfter / BytesBefore;

    private double Median(int from, int to)
    {
        var sorted = Readings.Skip(from).Take(to - from).Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
    }
}

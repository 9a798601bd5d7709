namespace Validation.Reporting.Charts;

/// <summary>Where a latency lies on a chart: evenly, or by orders of magnitude when the values span more than one.</summary>
internal sealed class LatencyAxis
{
    // Up to this ratio of the largest to the smallest value an even axis still shows both.
    private const double LargestEvenRatio = 12;

    private readonly double _lowest;
    private readonly double _highest;
    private readonly double _top;
    private readonly double _bottom;

    private LatencyAxis(double lowest, double highest, bool isLogarithmic, double top, double bottom) =>
        (_lowest, _highest, IsLogarithmic, _top, _bottom) = (lowest, highest, isLogarithmic, top, bottom);

    /// <summary>Gets whether equal distances stand for equal ratios.</summary>
    public bool IsLogarithmic { get; }

    /// <summary>Makes an axis on which all of the values have their place.</summary>
    /// <param name="latencies">The values.</param>
    /// <param name="top">The coordinate of the largest.</param>
    /// <param name="bottom">The coordinate of the smallest, or of zero on an even axis.</param>
    public static LatencyAxis For(IEnumerable<TimeSpan> latencies, double top, double bottom)
    {
        var values = latencies.Select(latency => Math.Max(latency.TotalMilliseconds, 0.001)).DefaultIfEmpty(1).ToArray();
        var (smallest, largest) = (values.Min(), values.Max());
        return largest / smallest <= LargestEvenRatio
            ? new LatencyAxis(0, NiceAbove(largest * 1.05), false, top, bottom)
            : new LatencyAxis(HalfDecadeBelow(smallest), HalfDecadeAbove(largest), true, top, bottom);
    }

    /// <summary>Returns the coordinate of a latency.</summary>
    /// <param name="latency">The latency; one outside lies on the nearer end.</param>
    public double Y(TimeSpan latency)
    {
        var value = Math.Clamp(latency.TotalMilliseconds, _lowest, _highest);
        var share = IsLogarithmic ? Math.Log(value / _lowest) / Math.Log(_highest / _lowest) : value / _highest;
        return _bottom - (share * (_bottom - _top));
    }

    /// <summary>Returns the latencies at which the axis has a line with a label.</summary>
    public IEnumerable<TimeSpan> Ticks()
    {
        if (!IsLogarithmic)
        {
            return Enumerable.Range(0, 5).Select(part => TimeSpan.FromMilliseconds(_highest * part / 4));
        }

        var decades = TicksAt(1).ToArray();
        return decades.Length > 2 ? decades : decades.Concat(TicksAt(3)).Order();
    }

    private IEnumerable<TimeSpan> TicksAt(double factor) =>
        Enumerable.Range(-3, 10).Select(power => factor * Math.Pow(10, power))
            .Where(value => value >= _lowest * 0.999 && value <= _highest * 1.001)
            .Select(TimeSpan.FromMilliseconds);

    private static double NiceAbove(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return power * new[] { 1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10 }.First(factor => factor * power >= value * 0.9999);
    }

    private static double HalfDecadeBelow(double value)
    {
        var decade = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return value >= decade * 3 ? decade * 3 : decade;
    }

    private static double HalfDecadeAbove(double value)
    {
        var decade = Math.Pow(10, Math.Ceiling(Math.Log10(value)));
        return value <= decade * 0.3 ? decade * 0.3 : decade;
    }
}

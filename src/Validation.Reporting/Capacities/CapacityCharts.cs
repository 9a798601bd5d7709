using Validation.Core;
using Validation.Core.Capacity;
using Validation.Reporting.Charts;
using Validation.Reporting.Html;

namespace Validation.Reporting.Capacities;

/// <summary>The drawings of a capacity: latency over rate, and throughput over concurrency with the scalability law.</summary>
internal static class CapacityCharts
{
    private const int CurvePoints = 60;

    /// <summary>Draws the 99th percentile over the rate.</summary>
    /// <param name="result">The result.</param>
    public static HtmlText? Latency(CapacityResult result) => ScatterChart.Draw(
        "p99 over rate",
        [.. result.Levels.Where(level => level.P99 > TimeSpan.Zero).Select(level => new ScatterPoint(level.Rate.PerSecond, level.P99.TotalMilliseconds, level.Outcome == LevelOutcome.Met))],
        [],
        rate => new Rate(Math.Max(rate, 1)).ToString(),
        milliseconds => LatencyText.Short(TimeSpan.FromMilliseconds(milliseconds)));

    /// <summary>Draws throughput over concurrency, at the levels that were steady, and the law as far as it may be read.</summary>
    /// <param name="result">The result.</param>
    public static HtmlText? Throughput(CapacityResult result)
    {
        var steady = result.Levels.Where(level => level.IsSteady).ToArray();
        var law = result.Scalability.Law;
        var reach = law is null ? 0 : Math.Min(law.Limit, 1.5 * law.LargestMeasured);
        return ScatterChart.Draw(
            law is null ? "throughput over operations under way" : "throughput over operations under way; the line is the scalability law",
            [.. steady.Select(level => new ScatterPoint(level.Concurrency, level.Throughput, level.Outcome == LevelOutcome.Met))],
            law is null ? [] : [.. Enumerable.Range(1, CurvePoints).Select(i => reach * i / CurvePoints).Select(n => (n, law.At(n)!.Value))],
            concurrency => concurrency.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture),
            throughput => throughput.ToString("0", System.Globalization.CultureInfo.InvariantCulture) + "/s");
    }
}

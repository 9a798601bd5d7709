using System.Globalization;
using System.Text;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Reporting.Digest;
using Validation.Reporting.Html;

namespace Validation.Reporting.Charts;

/// <summary>How often which latency occurred over the whole run, as a static drawing.</summary>
internal static class HistogramChart
{
    private const double Width = 520;
    private const double Height = 150;
    private const double Top = 26;
    private const double Bottom = Height - 18;

    // A single operation among thousands must still be seen: that is where the trouble is.
    private const double LowestBar = 2;

    /// <summary>Draws the histogram of a load.</summary>
    /// <param name="histogram">The counts; must not be empty.</param>
    /// <param name="statistics">The load's numbers over the same operations.</param>
    public static HtmlText Draw(LatencyHistogram histogram, LoadStatistics statistics)
    {
        var lowest = Math.Log10(histogram.Classes[0].FromMs);
        var highest = Math.Log10(histogram.Classes[^1].ToMs);
        double X(double milliseconds) => 4 + ((Math.Log10(milliseconds) - lowest) / (highest - lowest) * (Width - 8));

        return HtmlText.Of(svg =>
        {
            svg.Add($"""<svg class="histogram" role="img" aria-label="Latency of {statistics.Load}: p99 {Duration.Format(statistics.P99)}" """)
                .Add($"""viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" """)
                .Add($"""font-family="sans-serif" font-size="11" fill="currentColor">""")
                .Add($"""<path class="succeeded" d="{BarsOf(histogram, X)}" fill="#8ab"/>""");
            DrawTicks(svg, lowest, highest, X);
            DrawPercentiles(svg, statistics, milliseconds => Math.Clamp(X(milliseconds), 4, Width - 4));
            svg.Add($"</svg>\n");
        });
    }

    private static string BarsOf(LatencyHistogram histogram, Func<double, double> x)
    {
        var most = histogram.Classes.Max(one => one.Count);
        var path = new StringBuilder();
        foreach (var one in histogram.Classes.Where(one => one.Count > 0))
        {
            var height = Math.Max(LowestBar, (double)one.Count / most * (Bottom - Top));
            path.Append(CultureInfo.InvariantCulture, $"M{x(one.FromMs):0.##} {Bottom}V{Bottom - height:0.#}H{x(one.ToMs) - 1:0.##}V{Bottom}z");
        }

        return path.ToString();
    }

    private static void DrawTicks(HtmlText svg, double lowest, double highest, Func<double, double> x)
    {
        svg.Add($"""<line class="tick-line" x1="4" x2="{Width - 4}" y1="{Bottom}" y2="{Bottom}" stroke="#888"/>""");
        var factors = highest - lowest > 3 ? new[] { 1.0 } : highest - lowest > 1.2 ? [1, 3] : [1, 2, 3, 5];
        var ticks = from power in Enumerable.Range(-3, 10)
                    from factor in factors
                    let milliseconds = factor * Math.Pow(10, power)
                    where Math.Log10(milliseconds) >= lowest && Math.Log10(milliseconds) <= highest
                    select milliseconds;
        foreach (var milliseconds in ticks)
        {
            var anchor = x(milliseconds) switch { < 20 => "start", > Width - 20 => "end", _ => "middle" };
            var text = LatencyText.Short(TimeSpan.FromMilliseconds(milliseconds));
            svg.Add($"""<path class="tick-line" d="M{x(milliseconds)} {Bottom}v4" stroke="#888"/>""")
                .Add($"""<text class="tick" x="{x(milliseconds)}" y="{Bottom + 15}" text-anchor="{anchor}">{text}</text>""");
        }
    }

    private static void DrawPercentiles(HtmlText svg, LoadStatistics statistics, Func<double, double> x)
    {
        var rows = new LabelRows(2);
        foreach (var (name, latency) in new[] { ("p50", statistics.Median), ("p95", statistics.P95), ("p99", statistics.P99) })
        {
            var left = x(latency.TotalMilliseconds);
            var text = $"{name} {Duration.Format(latency)}";
            var isLeftOfLine = left + (text.Length * 6) > Width;
            var textLeft = isLeftOfLine ? left - (text.Length * 6) : left;
            var y = 2 + (12 * (rows.Place(textLeft, textLeft + (text.Length * 6)) ?? 1));
            var (x1, anchor) = isLeftOfLine ? (left - 3, "end") : (left + 3, "start");
            svg.Add($"""<path class="percentile" d="M{left} {y}V{Bottom}" stroke="#05a" stroke-dasharray="2 2"/>""")
                .Add($"""<text class="tick" x="{x1}" y="{y + 9}" text-anchor="{anchor}">{text}</text>""");
        }
    }
}

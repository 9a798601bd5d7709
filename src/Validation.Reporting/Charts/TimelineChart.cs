using System.Globalization;
using Validation.Core.Running;
using Validation.Reporting.Digest;
using Validation.Reporting.Html;

namespace Validation.Reporting.Charts;

/// <summary>One load over time, with everything that happened to the stack meanwhile, as a static drawing.</summary>
/// <remarks>
/// Every shape carries its own plain colours. The style sheet overrides them where it may be used; CI servers that
/// forbid styles still show a chart.
/// </remarks>
internal static class TimelineChart
{
    /// <summary>How wide the drawing is.</summary>
    public const double Width = 1_080;

    /// <summary>Where its time axis begins.</summary>
    public const double Left = 58;

    /// <summary>Where its time axis ends.</summary>
    public const double Right = Width - 8;

    private const double LatencyHeight = 150;

    /// <summary>Draws the timeline of one load.</summary>
    /// <param name="run">The run.</param>
    /// <param name="load">The load's index.</param>
    /// <param name="lanes">What happened to the stack.</param>
    /// <param name="time">The time axis.</param>
    public static HtmlText Draw(JudgedRun run, int load, RunLanes lanes, TimeAxis time)
    {
        var planned = run.Recording.Plan.Loads[load];
        var series = LoadSeries.Of(run.Recording.Samples.Samples.Where(sample => sample.Load == load), time.From, time.To);
        var latencyTop = lanes.Height + 18;
        var latencyBottom = latencyTop + LatencyHeight;
        var latency = new LatencyPanel(run, planned.Name, series, time, latencyTop, latencyBottom);
        var operations = new OperationsPanel(run, planned.Name, series, time, latencyBottom + 10);
        var height = operations.Bottom + 20;

        return HtmlText.Of(svg =>
        {
            svg.Add($"""<svg class="timeline" data-load="{planned.Name}" role="img" aria-label="{Summary(planned, series)}" """)
                .Add($"""viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" """)
                .Add($"""font-family="sans-serif" font-size="11" fill="currentColor">""");
            lanes.DrawInto(svg, latencyTop, latencyBottom);
            lanes.DrawInto(svg, operations.Top, operations.Bottom);
            latency.DrawAxis(svg);
            operations.DrawAxis(svg);
            lanes.DrawLanes(svg);
            latency.Draw(svg);
            operations.Draw(svg);
            DrawTime(svg, time, operations.Bottom);
            svg.Add($"</svg>\n");
        });
    }

    private static void DrawTime(HtmlText svg, TimeAxis time, double y)
    {
        foreach (var tick in time.Ticks())
        {
            var x = time.X(tick);
            var anchor = x > time.Right - 12 ? "end" : "middle";
            svg.Add($"""<line class="tick-line" x1="{x}" x2="{x}" y1="{y}" y2="{y + 4}" stroke="#888"/>""")
                .Add($"""<text class="tick" x="{x}" y="{y + 16}" text-anchor="{anchor}">{(int)tick.TotalMinutes}:{Seconds(tick)}</text>""");
        }
    }

    private static string Seconds(TimeSpan tick) => tick.Seconds.ToString("00", CultureInfo.InvariantCulture);

    private static string Summary(PlannedLoad load, LoadSeries series)
    {
        var failing = series.Slices.Where(slice => slice.Failed > 0).ToArray();
        if (failing.Length == 0)
        {
            return $"{load.Name}: no operation failed";
        }

        var failed = Wording.Number(failing.Sum(slice => slice.Failed));
        return $"{load.Name}: {failed} operations failed, {Wording.Interval(failing[0].From, failing[^1].From + series.Width)}";
    }
}

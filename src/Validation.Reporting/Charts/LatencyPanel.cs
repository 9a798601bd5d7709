using System.Globalization;
using System.Text;
using Validation.Core.Judging;
using Validation.Core.Scenarios;
using Validation.Reporting.Digest;
using Validation.Reporting.Html;

namespace Validation.Reporting.Charts;

/// <summary>The upper panel of a timeline: latency of the operations that succeeded, by the second in which they were planned.</summary>
internal sealed class LatencyPanel
{
    private readonly LoadSeries _series;
    private readonly TimeAxis _time;
    private readonly LatencyAxis _latency;
    private readonly IReadOnlyList<(ObjectiveSpec Objective, Window Window)> _limits;
    private readonly double _top;
    private readonly double _bottom;

    /// <summary>Prepares the panel.</summary>
    /// <param name="run">The run.</param>
    /// <param name="load">The load's name.</param>
    /// <param name="series">The load over time.</param>
    /// <param name="time">The time axis.</param>
    /// <param name="top">The panel's upper edge.</param>
    /// <param name="bottom">The panel's lower edge.</param>
    public LatencyPanel(JudgedRun run, string load, LoadSeries series, TimeAxis time, double top, double bottom)
    {
        _series = series;
        _time = time;
        _top = top;
        _bottom = bottom;
        _limits =
        [
            .. from objective in run.Recording.Plan.Objectives
               where objective.Load == load && objective.Measure.Kind == MeasureKind.Latency
               let window = run.Result.Windows.FirstOrDefault(window => window.Name == objective.Window)
               where window is not null
               select (objective, window),
        ];
        var shown = series.Slices.SelectMany(slice => new[] { slice.Median, slice.Largest }).OfType<TimeSpan>();
        _latency = LatencyAxis.For(shown.Concat(_limits.Select(limit => LimitOf(limit.Objective))), top, bottom);
    }

    /// <summary>Draws the lines of the axis, beneath everything else.</summary>
    /// <param name="svg">Takes the drawing.</param>
    public void DrawAxis(HtmlText svg)
    {
        foreach (var tick in _latency.Ticks())
        {
            var y = _latency.Y(tick);
            svg.Add($"""<line class="grid" x1="{_time.Left}" x2="{_time.Right}" y1="{y}" y2="{y}" stroke="#8884"/>""")
                .Add($"""<text class="tick" x="{_time.Left - 6}" y="{y + 3.5}" text-anchor="end">{LatencyText.Short(tick)}</text>""");
        }

        svg.Add($"""<text class="axis-name" x="0" y="{_top - 9}">latency{(_latency.IsLogarithmic ? ", log scale" : string.Empty)}</text>""");
    }

    /// <summary>Draws the latencies and the limits.</summary>
    /// <param name="svg">Takes the drawing.</param>
    public void Draw(HtmlText svg)
    {
        svg.Add($"""<path class="line largest" d="{PathOf(slice => slice.Largest)}" fill="none" stroke="#57a" stroke-width="1" stroke-opacity="0.7"/>""")
            .Add($"""<path class="line p99" d="{PathOf(slice => slice.P99)}" fill="none" stroke="#05a" stroke-width="1.5" stroke-dasharray="5 2"/>""")
            .Add($"""<path class="line median" d="{PathOf(slice => slice.Median)}" fill="none" stroke="#05a" stroke-width="2"/>""");
        foreach (var (objective, window) in _limits)
        {
            var y = _latency.Y(LimitOf(objective));
            var (left, right) = (_time.X(window.From), _time.X(window.To));
            svg.Add($"""<g class="limit"><title>{objective.Name}: {objective.LimitText()}</title>""")
                .Add($"""<line x1="{left}" x2="{right}" y1="{y}" y2="{y}" stroke="#a33" stroke-dasharray="7 3"/>""")
                .Add($"""<text x="{left + 4}" y="{(y - 4 < _top + 8 ? y + 12 : y - 4)}">{objective.Measure.Name} {objective.LimitText()}</text></g>""");
        }
    }

    private string PathOf(Func<LoadSlice, TimeSpan?> value)
    {
        var path = new StringBuilder();
        var isPenDown = false;
        foreach (var slice in _series.Slices)
        {
            if (value(slice) is not { } latency)
            {
                isPenDown = false;
                continue;
            }

            // A point of its own still shows, as a dot: a line of no length with round ends.
            var (x, y) = (_time.X(slice.From + (_series.Width / 2)), _latency.Y(latency));
            path.Append(CultureInfo.InvariantCulture, $"{(isPenDown ? 'L' : 'M')}{x:0.#} {y:0.#}{(isPenDown ? string.Empty : "h0")}");
            isPenDown = true;
        }

        return path.ToString();
    }

    private static TimeSpan LimitOf(ObjectiveSpec objective) => TimeSpan.FromSeconds(objective.Limit);
}

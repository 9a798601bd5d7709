using System.Globalization;
using System.Text;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Scenarios;
using Validation.Reporting.Digest;
using Validation.Reporting.Html;

namespace Validation.Reporting.Charts;

/// <summary>The lower panel of a timeline: how many operations were planned each second, how many failed, how soon they had to recover.</summary>
internal sealed class OperationsPanel
{
    private const double PanelHeight = 54;
    private const double RowHeight = 14;
    private const double LetterWidth = 6;

    private readonly LoadSeries _series;
    private readonly TimeAxis _time;
    private readonly double _top;
    private readonly double _bottom;
    private readonly int _most;
    private readonly List<(ObjectiveSpec Objective, Finding Finding, double Left, double Right, double Y)> _recoveries = [];

    /// <summary>Prepares the panel.</summary>
    /// <param name="run">The run.</param>
    /// <param name="load">The load's name.</param>
    /// <param name="series">The load over time.</param>
    /// <param name="time">The time axis.</param>
    /// <param name="top">Where its first label may stand.</param>
    public OperationsPanel(JudgedRun run, string load, LoadSeries series, TimeAxis time, double top)
    {
        _series = series;
        _time = time;
        var recoveries =
            from objective in run.Recording.Plan.Objectives
            where objective.Load == load && objective.Measure.Kind == MeasureKind.TimeToRecover
            let finding = run.Result.Findings.FirstOrDefault(finding => finding.Kind == FindingKind.Objective && finding.Name == objective.Name)
            where finding?.Window is not null
            orderby finding.Window!.From
            select (objective, finding, finding.Window!.From);
        var rows = new LabelRows(4);
        foreach (var (objective, finding, from) in recoveries)
        {
            var (left, right) = (time.X(from), time.X(from + TimeSpan.FromSeconds(objective.Limit)));
            if (rows.Place(left, right + 6 + (TextOf(objective, finding).Length * LetterWidth)) is { } row)
            {
                _recoveries.Add((objective, finding, left, right, top + 18 + (row * RowHeight)));
            }
        }

        _top = top + 16 + (rows.Count * RowHeight);
        _bottom = _top + PanelHeight;
        _most = Math.Max(1, series.Slices.Max(slice => slice.Planned));
    }

    /// <summary>Gets where the bars can begin.</summary>
    public double Top => _top;

    /// <summary>Gets where the bars stand.</summary>
    public double Bottom => _bottom;

    /// <summary>Draws the lines of the axis, beneath everything else.</summary>
    /// <param name="svg">Takes the drawing.</param>
    public void DrawAxis(HtmlText svg)
    {
        foreach (var count in new[] { 0, _most })
        {
            svg.Add($"""<line class="grid" x1="{_time.Left}" x2="{_time.Right}" y1="{Y(count)}" y2="{Y(count)}" stroke="#8884"/>""")
                .Add($"""<text class="tick" x="{_time.Left - 6}" y="{Y(count) + 3.5}" text-anchor="end">{count}</text>""");
        }

        var per = _series.Width == TimeSpan.FromSeconds(1) ? "second" : Duration.Format(_series.Width);
        svg.Add($"""<text class="axis-name" x="0" y="{_top - 9}">operations per {per}</text>""");
    }

    /// <summary>Draws the operations, those that failed at the bottom, and how long recovery may take.</summary>
    /// <param name="svg">Takes the drawing.</param>
    public void Draw(HtmlText svg)
    {
        svg.Add($"""<path class="succeeded" d="{BarsOf(slice => (slice.Failed, slice.Planned))}" fill="#8ab" fill-opacity="0.6"/>""")
            .Add($"""<path class="failed" d="{BarsOf(slice => (0, slice.Failed))}" fill="url(#failed)" stroke="#b11" stroke-width="0.6"/>""");
        foreach (var (objective, finding, left, right, y) in _recoveries)
        {
            var text = TextOf(objective, finding);
            var isLeft = right + 6 + (text.Length * LetterWidth) > _time.Right;
            svg.Add($"""<g class="recover"><title>{objective.Name}: {finding.Statement}</title>""")
                .Add($"""<path d="M{left} {y - 7}v6M{left} {y - 4}H{right}M{right} {y - 7}v6" fill="none" stroke="#a33"/>""")
                .Add($"""<text x="{(isLeft ? left - 5 : right + 5)}" y="{y}" text-anchor="{(isLeft ? "end" : "start")}">{text}</text></g>""");
        }
    }

    private static string TextOf(ObjectiveSpec objective, Finding finding) =>
        $"recover {objective.LimitText()}: {finding.Measured ?? "unknown"}, {finding.Verdict.Word()}";

    private string BarsOf(Func<LoadSlice, (int From, int To)> range)
    {
        var path = new StringBuilder();
        foreach (var slice in _series.Slices)
        {
            var (from, to) = range(slice);
            if (to > from)
            {
                var (left, right) = (_time.X(slice.From), _time.X(slice.From + _series.Width));
                path.Append(CultureInfo.InvariantCulture, $"M{left:0.##} {Y(from):0.#}V{Y(to):0.#}H{right - Math.Min(1, (right - left) / 5):0.##}V{Y(from):0.#}z");
            }
        }

        return path.ToString();
    }

    private double Y(int count) => _bottom - ((double)count / _most * (_bottom - _top));
}

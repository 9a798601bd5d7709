using Validation.Core;
using Validation.Core.Running;
using Validation.Reporting.Digest;
using Validation.Reporting.Html;

namespace Validation.Reporting.Charts;

/// <summary>
/// What happened to the stack, above every chart: the phases, the faults from their injection to their heal, gaps in
/// which the database took no writes, restarts and role changes. It also draws their shades and lines into the panels.
/// </summary>
internal sealed class RunLanes
{
    private const double PhaseHeight = 20;
    private const double RowHeight = 19;
    private const int MostRows = 8;

    // Wide enough for the fonts that browsers take for system-ui at 11 pixels, plain and bold.
    private const double LetterWidth = 6.2;
    private const double BoldLetterWidth = 7;

    private readonly TimeAxis _axis;
    private readonly IReadOnlyList<(string Name, TimeSpan From, TimeSpan To)> _phases;
    private readonly IReadOnlyList<FaultStory> _faults;
    private readonly IReadOnlyList<RunMark> _marks;
    private readonly HtmlText _rows = new();
    private readonly LabelRows _places = new(MostRows);

    /// <summary>Prepares the lanes of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="axis">The time axis.</param>
    public RunLanes(JudgedRun run, TimeAxis axis)
    {
        _axis = axis;
        _faults = FaultStory.Of(run.Recording);
        _marks = RunMark.Of(run.Recording);
        _phases =
        [
            .. run.Recording.Facts<PhaseStarted>().Select(started => (
                started.Fact.Phase,
                started.At,
                run.Recording.Facts<PhaseEnded>().Where(ended => ended.Fact.Phase == started.Fact.Phase).Select(ended => ended.At).FirstOrDefault(axis.To))),
        ];

        // Where there is little room, faults come first: the rest can be read in the tables below.
        var items = _faults.Where(fault => fault.Injecting is not null).OrderBy(fault => fault.Injecting).Select(ItemOf)
            .Concat(run.Recording.Facts<DatabaseWriteGap>().Select(gap => ItemOf(gap.Fact)))
            .Concat(_marks.Where(mark => !mark.IsMinor).Select(ItemOf));
        foreach (var item in items)
        {
            Place(item);
        }
    }

    /// <summary>Gets how high the lanes are.</summary>
    public double Height => PhaseHeight + 4 + (_places.Count * RowHeight) + 4;

    /// <summary>Draws the lanes, from 0 down to <see cref="Height"/>.</summary>
    /// <param name="svg">Takes the drawing.</param>
    public void DrawLanes(HtmlText svg)
    {
        foreach (var (name, from, to) in _phases)
        {
            var (left, right) = (_axis.X(from), _axis.X(to));
            var fitting = Math.Max(1, (int)((right - left - 8) / LetterWidth));
            var shown = name.Length <= fitting ? name : name[..Math.Max(0, fitting - 1)] + "…";
            svg.Add($"""<rect class="phase" x="{left}" y="0" width="{Math.Max(0, right - left - 1)}" height="{PhaseHeight - 3}" fill="#8884">""")
                .Add($"<title>phase {name}, {Wording.Interval(from, to)}</title></rect>")
                .Add($"""<text class="phase-name" x="{left + 5}" y="12.5">{shown}</text>""");
        }

        svg.Add(_rows);
    }

    /// <summary>Draws shades and lines into a panel.</summary>
    /// <param name="svg">Takes the drawing.</param>
    /// <param name="top">The panel's upper edge.</param>
    /// <param name="bottom">The panel's lower edge.</param>
    public void DrawInto(HtmlText svg, double top, double bottom)
    {
        var height = bottom - top;
        foreach (var fault in _faults.Where(fault => fault.Injecting is not null))
        {
            var (begin, injected, healing, healed) = EdgesOf(fault);
            Shade(svg, "edge", begin, injected, top, height, $"{fault.Label}: injecting");
            Shade(svg, "fault", injected, healing, top, height, $"{fault.Label}: in force");
            Shade(svg, "edge", healing, healed, top, height, $"{fault.Label}: healing");
        }

        foreach (var (_, from, _) in _phases.Skip(1))
        {
            svg.Add($"""<path class="phase-line" d="M{_axis.X(from)} {top}V{bottom}" stroke="#8888"/>""");
        }

        foreach (var mark in _marks)
        {
            svg.Add($"""<path class="mark-line {ClassOf(mark)}" d="M{_axis.X(mark.At)} {top}V{bottom}" stroke="#888" stroke-dasharray="2 3">""")
                .Add($"<title>{mark.Label} at {Wording.Moment(mark.At)}</title></path>");
        }
    }

    private void Place(Item item)
    {
        if (_places.Place(item.Left, item.Right) is { } row)
        {
            item.Draw(PhaseHeight + 4 + (row * RowHeight), true);
        }
        else if (_places.Place(item.MarkLeft, item.MarkRight) is { } narrow)
        {
            item.Draw(PhaseHeight + 4 + (narrow * RowHeight), false);
        }
    }

    private (double Begin, double Injected, double Healing, double Healed) EdgesOf(FaultStory fault)
    {
        // What is not proven is drawn to the end of what is known: the edge before it, or the end of the run.
        var end = fault.Healed ?? _axis.To;
        var healing = fault.Healing ?? end;
        var injected = fault.Injected ?? healing;
        return (_axis.X(fault.Injecting!.Value), _axis.X(injected), _axis.X(healing), _axis.X(end));
    }

    private Item ItemOf(FaultStory fault)
    {
        var (begin, injected, healing, healed) = EdgesOf(fault);
        var label = fault.NotProven is null && fault.Healed is not null
            ? $"{fault.Label} ({Duration.Format(fault.Length ?? TimeSpan.Zero)})"
            : $"{fault.Label} (not proven)";
        return BarItem(label, BoldLetterWidth, begin, healed, (top, textLeft, text) => _rows
            .Add($"""<g class="fault-bar"><title>{fault.Plan.Name}: {label}</title>""")
            .Add($"""<rect class="lead" x="{begin}" y="{top + 13}" width="{Math.Max(1, healed - begin)}" height="3" fill="#a475f9" fill-opacity="0.4"/>""")
            .Add($"""<rect class="force" data-fault="{fault.Plan.Name}" x="{injected}" y="{top + 13}" width="{Math.Max(1, healing - injected)}" height="3" fill="#8250df"/>""")
            .Add($"""<text class="fault-name" x="{textLeft}" y="{top + 10}">{text}</text></g>"""));
    }

    private Item ItemOf(DatabaseWriteGap gap)
    {
        var (left, right) = (_axis.X(gap.From), _axis.X(gap.To));
        var label = $"no database writes ({Duration.Format(gap.To - gap.From)})";
        return BarItem(label, LetterWidth, left, right, (top, textLeft, text) => _rows
            .Add($"""<g class="gap-bar"><title>{label}, {Wording.Interval(gap.From, gap.To)}</title>""")
            .Add($"""<rect x="{left}" y="{top + 13}" width="{Math.Max(1, right - left)}" height="3" """)
            .Add($"""fill="url(#hatch)" stroke="#888" stroke-width="0.5"/>""")
            .Add($"""<text x="{textLeft}" y="{top + 10}">{text}</text></g>"""));
    }

    private Item ItemOf(RunMark mark)
    {
        var x = _axis.X(mark.At);
        var width = (mark.Label.Length * LetterWidth) + 9;
        var isLeftOfGlyph = x + width > _axis.Right;
        var (left, right) = isLeftOfGlyph ? (x - width, x + 5) : (x - 5, x + width);
        var (textAt, anchor) = isLeftOfGlyph ? (x - 9, "end") : (x + 9, "start");
        return new Item(left, right, x - 5, x + 5, (top, hasRoom) => _rows
            .Add($"""<g class="mark {ClassOf(mark)}"><title>{mark.Label} at {Wording.Moment(mark.At)}</title>""")
            .Add($"""<path d="{GlyphOf(mark.Kind, x, top + 7)}" fill="#555"/>""")
            .Add($"""<text x="{textAt}" y="{top + 10.5}" text-anchor="{anchor}">{(hasRoom ? mark.Label : string.Empty)}</text></g>"""));
    }

    private Item BarItem(string label, double letterWidth, double left, double right, Action<double, double, string> draw)
    {
        var width = label.Length * letterWidth;
        var textLeft = Math.Max(_axis.Left, Math.Min(left, _axis.Right - width));
        return new Item(
            Math.Min(left, textLeft), Math.Max(right, textLeft + width), left, right, (top, hasRoom) => draw(top, textLeft, hasRoom ? label : string.Empty));
    }

    private static void Shade(HtmlText svg, string kind, double left, double right, double top, double height, string title)
    {
        if (right > left)
        {
            svg.Add($"""<rect class="shade {kind}" x="{left}" y="{top}" width="{right - left}" height="{height}" """)
                .Add($"""fill="#8250df" fill-opacity="0.12"><title>{title}</title></rect>""");
        }
    }

    private static string ClassOf(RunMark mark) => mark.Kind == RunMarkKind.Restart ? "restart" : "role";

    // A triangle for a restart, a diamond for a role: the shape tells them apart without colour.
    private static string GlyphOf(RunMarkKind kind, double x, double y) => kind == RunMarkKind.Restart
        ? FormattableString.Invariant($"M{x:0.#} {y - 5:0.#}l5 9h-10z")
        : FormattableString.Invariant($"M{x:0.#} {y - 5:0.#}l5 5-5 5-5-5z");

    /// <summary>Something that wants a place in the lanes.</summary>
    /// <param name="Left">Where it begins, words included.</param>
    /// <param name="Right">Where it ends, words included.</param>
    /// <param name="MarkLeft">Where its mark alone begins.</param>
    /// <param name="MarkRight">Where its mark alone ends.</param>
    /// <param name="Draw">Draws it below a coordinate, with its words or, for want of room, without.</param>
    private sealed record Item(double Left, double Right, double MarkLeft, double MarkRight, Action<double, bool> Draw);
}

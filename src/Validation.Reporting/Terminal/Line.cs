using Spectre.Console;
using Spectre.Console.Rendering;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Terminal;

/// <summary>One line of a terminal. Unlike Spectre's own texts it is never broken, so that logs can be searched and paths copied.</summary>
internal sealed class Line : Renderable
{
    // The line may be written over one of the live table, whose rest must not show behind it.
    private const string ClearToTheEnd = "\u001b[K";

    private readonly List<Segment> _segments = [];

    /// <summary>Adds words.</summary>
    /// <param name="text">The words.</param>
    /// <param name="style">How they look; plain by default.</param>
    public Line Add(string text, Style? style = null)
    {
        _segments.Add(new Segment(Wording.Printable(text).Replace('\n', ' ').Replace('\t', ' '), style ?? Style.Plain));
        return this;
    }

    /// <inheritdoc/>
    protected override Measurement Measure(RenderOptions options, int maxWidth) => new(0, maxWidth);

    /// <inheritdoc/>
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        options.Ansi ? [.. _segments, Segment.Control(ClearToTheEnd), Segment.LineBreak] : [.. _segments, Segment.LineBreak];
}

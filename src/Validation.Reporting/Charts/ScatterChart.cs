using System.Globalization;
using Validation.Reporting.Html;

namespace Validation.Reporting.Charts;

/// <summary>A point of a <see cref="ScatterChart"/>.</summary>
/// <param name="X">Its place on the horizontal axis.</param>
/// <param name="Y">Its place on the vertical axis.</param>
/// <param name="IsGood">Good ones are filled, others are hollow.</param>
internal readonly record struct ScatterPoint(double X, double Y, bool IsGood);

/// <summary>Points, and perhaps a curve through them, as a static drawing. Both axes begin at zero.</summary>
internal static class ScatterChart
{
    private const double Width = 520;
    private const double Height = 260;
    private const double Left = 56;
    private const double Top = 12;
    private const double Bottom = Height - 24;
    private const double Right = Width - 24;
    private const int Ticks = 5;

    /// <summary>Draws the points.</summary>
    /// <param name="title">What is seen.</param>
    /// <param name="points">The points.</param>
    /// <param name="curve">The curve, from left to right; may be empty.</param>
    /// <param name="xText">Writes a value of the horizontal axis.</param>
    /// <param name="yText">Writes a value of the vertical axis.</param>
    /// <returns>Null when there are too few points to see anything.</returns>
    public static HtmlText? Draw(
        string title, IReadOnlyList<ScatterPoint> points, IReadOnlyList<(double X, double Y)> curve, Func<double, string> xText, Func<double, string> yText)
    {
        if (points.Count < 2)
        {
            return null;
        }

        var xStep = Step(points.Max(point => point.X));
        var yStep = Step(points.Max(point => point.Y));
        double X(double value) => Left + (value / (xStep * Ticks) * (Right - Left));
        double Y(double value) => Bottom - (value / (yStep * Ticks) * (Bottom - Top));
        return HtmlText.Of(svg =>
        {
            svg.Add($"""<figure><figcaption><strong>{title}</strong> <span>filled: the objectives are met</span></figcaption>""")
                .Add($"""<svg class="histogram" role="img" aria-label="{title}" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" font-family="sans-serif" font-size="11" fill="currentColor">""");
            for (var i = 0; i <= Ticks; i++)
            {
                svg.Add($"""<path class="tick-line" d="M{Left} {Y(i * yStep)}H{Right}" stroke="#888" stroke-opacity="0.3"/>""")
                    .Add($"""<text class="tick" x="{Left - 6}" y="{Y(i * yStep) + 4}" text-anchor="end">{yText(i * yStep)}</text>""")
                    .Add($"""<text class="tick" x="{X(i * xStep)}" y="{Bottom + 16}" text-anchor="middle">{xText(i * xStep)}</text>""");
            }

            if (curve.Where(at => at.X <= xStep * Ticks && at.Y <= yStep * Ticks).ToArray() is { Length: > 1 } seen)
            {
                var path = string.Join('L', seen.Select(at => string.Create(CultureInfo.InvariantCulture, $"{X(at.X):0.##} {Y(at.Y):0.##}")));
                svg.Add($"""<path class="percentile" d="M{path}" fill="none" stroke="#05a"/>""");
            }

            foreach (var point in points)
            {
                svg.Add($"""<circle cx="{X(point.X)}" cy="{Y(point.Y)}" r="4" stroke="#05a" fill="{(point.IsGood ? "#05a" : "none")}"/>""");
            }

            svg.Add($"</svg></figure>\n");
        });
    }

    /// <summary>Returns a round step, five of which hold a value.</summary>
    private static double Step(double largest)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(largest, 1e-9) / Ticks)));
        return new[] { 1, 2, 2.5, 5, 10 }.First(factor => factor * power * Ticks >= largest) * power;
    }
}

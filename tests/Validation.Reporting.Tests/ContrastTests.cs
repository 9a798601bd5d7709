using System.Globalization;
using System.Text.RegularExpressions;

namespace Validation.Reporting.Tests;

/// <summary>Everything that must be read has the contrast that WCAG 2.2 asks of text (1.4.3, level AA), light and dark.</summary>
public sealed partial class ContrastTests
{
    [Theory]
    [InlineData("text", "ground")]
    [InlineData("text", "panel")]
    [InlineData("soft", "ground")]
    [InlineData("soft", "panel")]
    [InlineData("soft", "phase")]
    [InlineData("pass", "pass-ground")]
    [InlineData("pass", "panel")]
    [InlineData("inconclusive", "inconclusive-ground")]
    [InlineData("inconclusive", "panel")]
    [InlineData("fail", "fail-ground")]
    [InlineData("fail", "panel")]
    [InlineData("fault", "ground")]
    [InlineData("limit", "ground")]
    public void Text_OnItsGround_CanBeRead(string text, string ground)
    {
        foreach (var palette in Palettes())
        {
            Contrast(palette[text], palette[ground]).Should().BeGreaterThanOrEqualTo(4.5);
        }
    }

    [Theory]
    [InlineData("latency")]
    [InlineData("latency-soft")]
    [InlineData("fail")]
    [InlineData("role")]
    public void Line_OnItsGround_CanBeSeen(string line)
    {
        foreach (var palette in Palettes())
        {
            Contrast(palette[line], palette["ground"]).Should().BeGreaterThanOrEqualTo(3, "WCAG 2.2 asks that of graphics (1.4.11)");
        }
    }

    private static IReadOnlyList<Dictionary<string, string>> Palettes()
    {
        var style = HtmlReport.Write(TestRuns.QuickStart);
        var palettes = RootPattern().Matches(style)
            .Select(root => ColourPattern().Matches(root.Value).ToDictionary(colour => colour.Groups[1].Value, colour => colour.Groups[2].Value))
            .ToArray();
        palettes.Should().HaveCount(2, "there is a light and a dark palette");
        palettes[1].Keys.Should().BeEquivalentTo(palettes[0].Keys);
        return palettes;
    }

    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string colour) =>
        (0.2126 * Channel(colour[..2])) + (0.7152 * Channel(colour[2..4])) + (0.0722 * Channel(colour[4..]));

    private static double Channel(string hexadecimal)
    {
        var value = int.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }

    [GeneratedRegex(@":root \{[^}]*\}")]
    private static partial Regex RootPattern();

    [GeneratedRegex("--([a-z-]+): #([0-9a-f]{6})")]
    private static partial Regex ColourPattern();
}

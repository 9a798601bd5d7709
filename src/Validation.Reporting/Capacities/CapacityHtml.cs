using System.Globalization;
using Validation.Core;
using Validation.Core.Capacity;
using Validation.Reporting.Html;

namespace Validation.Reporting.Capacities;

/// <summary>The report of a capacity for people: one HTML file that needs no other file, no network and no script.</summary>
public static class CapacityHtml
{
    /// <summary>Writes the report.</summary>
    /// <param name="result">The result.</param>
    /// <returns>A whole HTML document.</returns>
    public static string Write(CapacityResult result) => HtmlReport.Page($"Capacity of {result.Scenario}", page =>
    {
        WriteBanner(page, result);
        WriteLevels(page, result);
        page.Add($"<section id=\"charts\"><h2>Charts</h2><div class=\"histograms\">\n")
            .Add($"{CapacityCharts.Latency(result)}{CapacityCharts.Throughput(result)}</div></section>\n");
    });

    private static void WriteBanner(HtmlText page, CapacityResult result)
    {
        page.Add($"""
            <header class="banner {result.Verdict.Word()}">
            <p class="scenario">{result.Scenario}, load {result.Load}</p>
            <h1>{result.Capacity?.ToString() ?? result.Verdict.Word()}</h1>
            <p class="statement">{result.Statement}</p>

            """);
        if (result.Bottleneck is { } bottleneck)
        {
            page.Add($"""<p class="statement">Limited by {CapacityWording.Describe(bottleneck)}</p>""");
        }

        page.Add($"""<p class="question">{result.Scalability.Statement}</p>""");
        if (CapacityWording.Note(result) is { } note)
        {
            page.Add($"""<p class="note">{note}</p>""");
        }

        page.Add($"""<dl class="facts">""")
            .Fact("Measured", result.Spire)
            .Fact("Environment", result.Environment)
            .Fact("Seed", result.Seed.ToString(CultureInfo.InvariantCulture))
            .Fact("Objectives", string.Join(", ", result.Objectives))
            .Add($"</dl></header>\n");
    }

    private static void WriteLevels(HtmlText page, CapacityResult result)
    {
        page.Add($"""<section id="levels"><h2>Levels</h2><p class="explain">In the order of measuring, all on one stack. {CapacityWording.FaultsNote}""");
        if (result.LeftOut.Count > 0)
        {
            page.Add($" Not judged: {string.Join(", ", result.LeftOut)}.");
        }

        page.Add($"</p>\n").BeginTable("levels", CapacityWording.Columns).Add($"<tbody>");
        foreach (var level in result.Levels)
        {
            page.Add($"<tr>");
            foreach (var (column, cell) in CapacityWording.Columns.Zip(CapacityWording.Cells(level)))
            {
                page.Cell(cell, column.StartsWith('#') ? "number" : "text");
            }

            page.Add($"</tr>\n");
        }

        page.Add($"</tbody>").EndTable().Add($"</section>\n");
    }
}

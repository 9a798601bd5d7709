using System.Globalization;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Html;

/// <summary>Whether the harness itself got what it needs.</summary>
internal static class HarnessSection
{
    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The run.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        page.Add($"""<section id="harness"><h2>Harness</h2>""").Add($"\n");
        var processes = HealthSummary.Of(run.Recording);
        if (processes.Count == 0)
        {
            page.Add($"""<p class="explain">It did not watch itself in this run.</p></section>""");
            return;
        }

        page.Add($"""<p class="explain">What the harness used and waited for while operations were measured. Where it did not get what it needs, the run is inconclusive.</p>""")
            .BeginTable("harness", "Process", "#Woken late by", "#Thread pool late by", "#Processors", "#Machine busy", "#Throttled", "#Paused", "#Open files");
        foreach (var process in processes)
        {
            page.Add($"<tr>")
                .Cell(process.Process)
                .NumberCell("≤ " + Duration.Format(process.LargestWake))
                .NumberCell("≤ " + Duration.Format(process.LargestHandOver))
                .NumberCell(string.Create(CultureInfo.InvariantCulture, $"{process.ProcessorsUsed:0.0} of {process.ProcessorsAllowed:0.0}"))
                .NumberCell(process.MachineBusy?.ToString("0%", CultureInfo.InvariantCulture) ?? string.Empty)
                .NumberCell(process.Throttled.ToString("0.0%", CultureInfo.InvariantCulture))
                .NumberCell(process.Paused.ToString("0.0%", CultureInfo.InvariantCulture))
                .NumberCell(Wording.Number(process.OpenFiles))
                .Add($"</tr>\n");
        }

        page.EndTable().Add($"</section>\n");
    }
}

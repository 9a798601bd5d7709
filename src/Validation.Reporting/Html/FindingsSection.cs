using Validation.Core;
using Validation.Core.Judging;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Html;

/// <summary>What each check found, group by group, what went wrong first.</summary>
internal static class FindingsSection
{
    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The run.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        page.Add($"""
            <section id="findings"><h2>Findings</h2>
            <div class="scroll"><table class="findings">
            <thead><tr><th>Verdict</th><th>Check</th><th class="number">Measured</th><th class="number">Limit</th><th class="number">Samples</th><th>Window</th></tr></thead>

            """);
        foreach (var (title, findings) in FindingGroups.Of(run.Result))
        {
            page.Add($"""<tbody><tr class="group"><th colspan="6" scope="rowgroup">{title}</th></tr>""");
            foreach (var finding in findings)
            {
                WriteRow(page, run, finding);
            }

            page.Add($"</tbody>\n");
        }

        page.Add($"</table></div></section>\n");
    }

    private static void WriteRow(HtmlText page, JudgedRun run, Finding finding)
    {
        page.Add($"""<tr class="{finding.Verdict.Word()}"><td>{VerdictBadge.Of(finding.Verdict)}</td><td><strong>{finding.Name}</strong>""");
        if (run.FailedAsExpected(finding))
        {
            page.Add($""" <span class="tag">as expected</span>""");
        }

        page.Add($"""<div class="statement">{finding.Statement}</div>""");
        if (finding.Hint is { } hint)
        {
            page.Add($"""<div class="hint">{hint}</div>""");
        }

        page.Add($"""</td><td class="number">{finding.Measured ?? "–"}</td><td class="number">{finding.Limit ?? "–"}</td>""")
            .Add($"""<td class="number">{(finding.Samples is { } samples ? Wording.Number(samples) : "–")}</td>""")
            .Add($"""<td class="window">{WindowOf(finding.Window)}</td></tr>""").Add($"\n");
    }

    private static HtmlText WindowOf(Window? window) => HtmlText.Of(html =>
    {
        if (window is null)
        {
            html.Add($"–");
            return;
        }

        html.Add($"{window.Name.ToString()}<br><small>{Wording.Interval(window.From, window.To)}</small>");
    });
}

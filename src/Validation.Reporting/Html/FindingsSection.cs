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
            <p class="explain">{Wording.IntervalNote}</p>

            """)
            .BeginTable("findings", "Verdict", "Check", "#Measured", "#Limit", "#Samples", "Window");
        foreach (var (title, findings) in FindingGroups.Of(run.Result))
        {
            page.Add($"""<tbody><tr class="group"><th colspan="6" scope="rowgroup">{title}</th></tr>""");
            foreach (var finding in findings)
            {
                WriteRow(page, finding, run.IsAsExpected(finding));
            }

            page.Add($"</tbody>\n");
        }

        page.EndTable().Add($"</section>\n");
    }

    private static void WriteRow(HtmlText page, Finding finding, bool isExpected)
    {
        page.Add($"""<tr class="{finding.Verdict.Word()}"><td>{VerdictBadge.Of(finding.Verdict)}</td>""")
            .Add($"<td><strong>{finding.Name}</strong>");
        if (isExpected)
        {
            page.Add($""" <span class="tag">as expected</span>""");
        }

        page.Add($"""<div class="statement">{finding.Statement}</div>""");
        if (finding.Repetitions is { } each)
        {
            page.Add($"""<div class="statement">In turn: {string.Join(", ", each)}</div>""");
        }

        if (finding.Hint is { } hint)
        {
            page.Add($"""<div class="hint">{hint}</div>""");
        }

        page.Add($"</td>")
            .NumberCell(Wording.Measured(finding))
            .NumberCell(finding.Limit)
            .NumberCell(Wording.Samples(finding));
        if (finding.Window is { } window)
        {
            page.Add($"""<td class="window">{window.Name.ToString()}<br><small>{Wording.Interval(window.From, window.To)}</small></td>""");
        }
        else
        {
            page.TimeCell("–");
        }

        page.Add($"</tr>\n");
    }
}

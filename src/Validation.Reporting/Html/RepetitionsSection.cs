using Validation.Core;

namespace Validation.Reporting.Html;

/// <summary>The repetitions of a run, each with the report that tells its timeline and its faults.</summary>
internal static class RepetitionsSection
{
    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The repetitions, put together.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        page.Add($"""<section id="repetitions"><h2>Repetitions</h2>""").BeginTable("repetitions", "Verdict", "Report", "#Took", "Statement");
        page.Add($"<tbody>");
        foreach (var repetition in run.Repetitions)
        {
            // Beside this report, wherever both are.
            var name = repetition.Directory[(repetition.Directory.LastIndexOf('/') + 1)..];
            page.Add($"""<tr class="{repetition.Result.Verdict.Word()}"><td>{VerdictBadge.Of(repetition.Result.Verdict)}</td>""")
                .Add($"""<td><a href="{name}/report.html">{name}</a></td>""")
                .NumberCell(Duration.Format(repetition.Length))
                .Cell(repetition.Result.Statement)
                .Add($"</tr>\n");
        }

        page.Add($"</tbody>\n").EndTable().Add($"</section>\n");
    }
}

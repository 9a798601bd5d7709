using Validation.Reporting.Digest;

namespace Validation.Reporting.Html;

/// <summary>The failures by class, each with the words of the first one.</summary>
internal static class FailuresSection
{
    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The run.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        var classes = FailureClass.Of(run.Recording);
        page.Add($"""<section id="failures"><h2>Failures</h2>""").Add($"\n");
        if (classes.Count == 0)
        {
            page.Add($"""<p class="explain">No operation failed.</p></section>""");
            return;
        }

        page.Add($"""
            <div class="scroll"><table><thead><tr><th>Load</th><th>Class</th><th class="number">Operations</th><th class="number">Share</th><th>Planned between</th><th>Example</th></tr></thead><tbody>

            """);
        foreach (var one in classes)
        {
            page.Add($"""<tr><td>{one.Load}</td><td>{one.Name}</td><td class="number">{Wording.Number(one.Count)}</td><td class="number">{Wording.Percent(one.Share)}</td>""")
                .Add($"""<td class="window">{Wording.Interval(one.First, one.Last)}</td><td class="example">{one.Example ?? "–"}</td></tr>""").Add($"\n");
        }

        page.Add($"</tbody></table></div></section>\n");
    }
}

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

        page.BeginTable("failures", "Load", "Class", "#Operations", "#Share", "Planned between", "Example");
        foreach (var one in classes)
        {
            page.Add($"<tr>")
                .Cell(one.Load)
                .Cell(one.Name)
                .NumberCell(Wording.Number(one.Count))
                .NumberCell(Wording.Percent(one.Share))
                .TimeCell(Wording.Interval(one.First, one.Last))
                .Cell(one.Example, "example")
                .Add($"</tr>\n");
        }

        page.EndTable().Add($"</section>\n");
    }
}

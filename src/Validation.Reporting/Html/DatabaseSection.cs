using System.Globalization;
using Validation.Core;
using Validation.Core.Running;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Html;

/// <summary>Who was the database's primary when, and how long it took no writes.</summary>
internal static class DatabaseSection
{
    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The run.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        var changes = run.Recording.Facts<DatabaseRoleChanged>().ToArray();
        var gaps = run.Recording.Facts<DatabaseWriteGap>().Select(fact => fact.Fact).ToArray();
        page.Add($"""<section id="database"><h2>Database</h2>""").Add($"\n");
        if (changes.Length + gaps.Length == 0)
        {
            page.Add($"""<p class="explain">No change of role and no gap in its writes were recorded.</p></section>""");
            return;
        }

        foreach (var gap in gaps)
        {
            page.Add($"<p>It took no writes for <strong>{Duration.Format(gap.To - gap.From)}</strong>, {Wording.Interval(gap.From, gap.To)}.</p>");
        }

        page.BeginTable("roles", "Time", "Node", "Role", "Timeline");
        foreach (var (at, change) in changes)
        {
            page.Add($"<tr>")
                .TimeCell(Wording.Moment(at))
                .Cell(change.Node)
                .Cell($"{RunMark.Word(change.From)} → {RunMark.Word(change.To)}")
                .Cell($"{Text(change.TimelineBefore)} → {Text(change.TimelineAfter)}")
                .Add($"</tr>\n");
        }

        page.EndTable().Add($"</section>\n");
    }

    private static string Text(int? timeline) => timeline?.ToString(CultureInfo.InvariantCulture) ?? "unknown";
}

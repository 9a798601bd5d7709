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
            page.Add($"""<p class="explain">No role changed, and it took writes all the time.</p></section>""");
            return;
        }

        foreach (var gap in gaps)
        {
            page.Add($"<p>It took no writes for <strong>{Duration.Format(gap.To - gap.From)}</strong>, {Wording.Interval(gap.From, gap.To)}.</p>");
        }

        page.Add($"""<div class="scroll"><table><thead><tr><th>Time</th><th>Node</th><th>Role</th><th>Timeline</th></tr></thead><tbody>""");
        foreach (var (at, change) in changes)
        {
            page.Add($"""<tr><td class="window">{Wording.Moment(at)}</td><td>{change.Node}</td><td>{RunMark.Word(change.From)} → {RunMark.Word(change.To)}</td>""")
                .Add($"<td>{Text(change.TimelineBefore)} → {Text(change.TimelineAfter)}</td></tr>\n");
        }

        page.Add($"</tbody></table></div></section>\n");
    }

    private static string Text(int? timeline) => timeline?.ToString(CultureInfo.InvariantCulture) ?? "unknown";
}

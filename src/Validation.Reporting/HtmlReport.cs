using Validation.Core;
using Validation.Reporting.Html;

namespace Validation.Reporting;

/// <summary>The report for people: one HTML file that needs no other file, no network and no script.</summary>
/// <remarks>
/// It can be opened from disk, from a CI server's artifacts and years later. Where a CI server forbids styles too, the
/// text and the drawings still tell everything, only less nicely.
/// </remarks>
public static class HtmlReport
{
    private static readonly Lazy<string> Style = new(ReadStyle);

    /// <summary>Writes the report.</summary>
    /// <param name="run">The run.</param>
    /// <returns>A whole HTML document.</returns>
    public static string Write(JudgedRun run) => Page($"{run.Result.Verdict.Word()}: {run.Recording.Plan.Scenario}", page =>
    {
        WritePatterns(page);
        BannerSection.Write(page, run);
        if (run.Repetitions.Count > 0)
        {
            FindingsSection.Write(page, run);
            RepetitionsSection.Write(page, run);
            StatisticsSection.Write(page, run);
        }
        else
        {
            WriteContents(page);
            FindingsSection.Write(page, run);
            TimelinesSection.Write(page, run);
            FaultsSection.Write(page, run);
            FailuresSection.Write(page, run);
            StatisticsSection.Write(page, run);
            DatabaseSection.Write(page, run);
            NodesSection.Write(page, run);
            HarnessSection.Write(page, run);
        }

        EnvironmentSection.Write(page, run);
        PlanSection.Write(page, run);
        WriteCommands(page, run);
    });

    /// <summary>Writes a page that looks like all reports.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="write">Writes what is on it.</param>
    internal static string Page(string title, Action<HtmlText> write)
    {
        var page = new HtmlText();
        page.Add($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            <link rel="icon" href="data:,">
            <style>

            """)
            .AddLiteral(Style.Value)
            .Add($"</style>\n</head>\n<body>\n<main>\n");
        write(page);
        page.Add($"</main>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void WriteContents(HtmlText page)
    {
        page.Add($"<nav>");
        foreach (var section in new[] { "findings", "timelines", "faults", "failures", "statistics", "database", "nodes", "harness", "environment", "plan", "again" })
        {
            page.Add($"""<a href="#{section}">{char.ToUpperInvariant(section[0]) + section[1..]}</a> """);
        }

        page.Add($"</nav>\n");
    }

    private static void WriteCommands(HtmlText page, JudgedRun run) => page.Add($"""
        <section id="again"><h2>Again</h2>
        <p>Judge this recording once more, for instance with other limits in <code>plan.json</code>:</p>
        <pre>{run.JudgeCommand}</pre>
        <p>Ask the same question again, with the same choices:</p>
        <pre>{run.RunCommand}</pre>
        </section>

        """);

    // Patterns are shared by all drawings of the page. Hatching tells failures from successes without colour.
    private static void WritePatterns(HtmlText page) => page.Add($"""
        <svg width="0" height="0" class="patterns" aria-hidden="true"><defs>
        <pattern id="failed" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="failed-ground" width="5" height="5" fill="#f6c9c9"/>
        <path class="failed-line" d="M0 0V5" stroke="#b11" stroke-width="4"/></pattern>
        <pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path class="hatch-line" d="M0 0V4" stroke="#777" stroke-width="2"/></pattern>
        </defs></svg>

        """);

    private static string ReadStyle()
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

using Validation.Reporting.Charts;

namespace Validation.Reporting.Html;

/// <summary>Each load over time, with what happened to the stack drawn in.</summary>
internal static class TimelinesSection
{
    private const string FaultKey =
        """<rect class="shade edge" x="0" y="1" width="6" height="12" fill="#8250df" fill-opacity="0.12"/>"""
        + """<rect class="shade fault" x="6" y="1" width="14" height="12" fill="#8250df" fill-opacity="0.12"/>"""
        + """<rect class="shade edge" x="20" y="1" width="6" height="12" fill="#8250df" fill-opacity="0.12"/>""";

    private static readonly (string Drawing, string Meaning)[] Legend =
    [
        ("""<path class="line median" d="M1 7h24" fill="none" stroke="#05a" stroke-width="2"/>""", "median"),
        ("""<path class="line p99" d="M1 7h24" fill="none" stroke="#05a" stroke-width="1.5" stroke-dasharray="5 2"/>""", "p99, from 100 a second"),
        ("""<path class="line largest" d="M1 7h24" fill="none" stroke="#57a"/>""", "largest"),
        ("""<g class="limit"><line x1="1" x2="25" y1="7" y2="7" stroke="#a33" stroke-dasharray="7 3"/></g>""", "objective’s limit"),
        ("""<rect class="succeeded" x="1" y="2" width="24" height="10" fill="#8ab"/>""", "succeeded"),
        ("""<rect class="failed" x="1" y="2" width="24" height="10" fill="url(#failed)" stroke="#b11"/>""", "failed"),
        (FaultKey, "fault in force, between its injection and its heal"),
        ("""<g class="mark restart"><path d="M13 2l5 9h-10z" fill="#555"/></g>""", "node restarted"),
        ("""<g class="mark role"><path d="M13 2l5 5-5 5-5-5z" fill="#555"/></g>""", "database role changed"),
    ];

    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The run.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        var time = TimeAxis.Of(run.Recording, TimelineChart.Left, TimelineChart.Right);
        var lanes = new RunLanes(run, time);
        page.Add($"""<section id="timelines"><h2>Timelines</h2>""")
            .Add($"""<p class="explain">Times are minutes and seconds since the run began, as in <code>events.ndjson</code>. """)
            .Add($"Latency counts from the instant at which an operation was planned, so waiting is not hidden.</p>\n");
        WriteLegend(page);
        for (var load = 0; load < run.Recording.Plan.Loads.Count; load++)
        {
            var planned = run.Recording.Plan.Loads[load];
            page.Add($"<figure><figcaption><strong>{planned.Name}</strong> <span>{planned.Driver}, {planned.Arrivals.ToString()}</span></figcaption>")
                .Add($"""<div class="scroll">{TimelineChart.Draw(run, load, lanes, time)}</div></figure>""")
                .Add($"\n");
        }

        page.Add($"</section>\n");
    }

    private static void WriteLegend(HtmlText page)
    {
        page.Add($"""<ul class="legend">""");
        foreach (var (drawing, meaning) in Legend)
        {
            page.Add($"""<li><svg class="key" viewBox="0 0 26 14" width="26" height="14" aria-hidden="true">""")
                .AddLiteral(drawing)
                .Add($"</svg> {meaning}</li>\n");
        }

        page.Add($"</ul>\n");
    }
}

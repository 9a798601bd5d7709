using Validation.Core.Judging;
using Validation.Core.Scenarios;
using Validation.Reporting.Charts;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Html;

/// <summary>The numbers of every load in every window, and how its latencies are distributed.</summary>
internal static class StatisticsSection
{
    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The run.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        page.Add($"""
            <section id="statistics"><h2>Statistics</h2>
            <p class="explain">Percentiles are of operations that succeeded, by nearest rank; those that failed count against availability. Operations belong to the window in which they were planned.</p>
            <div class="scroll"><table class="statistics">
            <thead><tr><th>Load</th><th>Window</th><th class="number">Planned</th><th class="number">Succeeded</th><th class="number">p50</th><th class="number">p95</th><th class="number">p99</th><th class="number">Largest</th><th>Failures</th></tr></thead>

            """);
        foreach (var load in run.Result.Statistics.GroupBy(statistics => statistics.Load))
        {
            page.Add($"<tbody>");
            var first = true;
            foreach (var statistics in load)
            {
                page.Add($"<tr>");
                if (first)
                {
                    page.Add($"""<th scope="rowgroup" rowspan="{load.Count()}">{load.Key}</th>""");
                }

                WriteNumbers(page, statistics);
                first = false;
            }

            page.Add($"</tbody>\n");
        }

        page.Add($"</table></div>\n");
        WriteHistograms(page, run);
        page.Add($"</section>\n");
    }

    private static void WriteNumbers(HtmlText page, LoadStatistics statistics) => page
        .Add($"""<td>{statistics.Window}</td><td class="number">{Wording.Number(statistics.Planned)}</td>""")
        .Add($"""<td class="number">{(statistics.Planned == 0 ? "–" : Wording.Percent(statistics.Availability))}</td>""")
        .Add($"""<td class="number">{Wording.Latency(statistics, statistics.Median)}</td><td class="number">{Wording.Latency(statistics, statistics.P95)}</td>""")
        .Add($"""<td class="number">{Wording.Latency(statistics, statistics.P99)}</td><td class="number">{Wording.Latency(statistics, statistics.Largest)}</td>""")
        .Add($"<td>{Wording.Failures(statistics.Failures)}</td></tr>\n");

    private static void WriteHistograms(HtmlText page, JudgedRun run)
    {
        page.Add($"""<div class="histograms">""");
        for (var load = 0; load < run.Recording.Plan.Loads.Count; load++)
        {
            var name = run.Recording.Plan.Loads[load].Name;
            var histogram = LatencyHistogram.Of(run.Recording.Samples.Samples.Where(sample => sample.Load == load));
            var whole = run.Result.Statistics.FirstOrDefault(statistics => statistics.Load == name && statistics.Window == WindowName.WholeWord);
            if (histogram.Classes.Count > 0 && whole is { Succeeded: > 0 })
            {
                page.Add($"""<figure><figcaption><strong>{name}</strong> <span>latency over the whole run, {Wording.Number(whole.Succeeded)} operations, log scale</span></figcaption>{HistogramChart.Draw(histogram, whole)}</figure>""");
            }
        }

        page.Add($"</div>\n");
    }
}

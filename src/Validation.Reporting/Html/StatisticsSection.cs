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
            <p class="explain">Percentiles are of operations that succeeded, by nearest rank; those that failed count against
            availability. Operations belong to the window in which they were planned.</p>

            """)
            .BeginTable("statistics", "Load", "Window", "#Planned", "#Succeeded", "#p50", "#p95", "#p99", "#Largest", "Failures");
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
                page.Add($"</tr>\n");
                first = false;
            }

            page.Add($"</tbody>\n");
        }

        page.EndTable();
        WriteHistograms(page, run);
        page.Add($"</section>\n");
    }

    private static void WriteNumbers(HtmlText page, LoadStatistics statistics) => page
        .Cell(statistics.Window)
        .NumberCell(Wording.Number(statistics.Planned))
        .NumberCell(Wording.Availability(statistics))
        .NumberCell(Wording.Latency(statistics, statistics.Median))
        .NumberCell(Wording.Latency(statistics, statistics.P95))
        .NumberCell(Wording.Latency(statistics, statistics.P99))
        .NumberCell(Wording.Latency(statistics, statistics.Largest))
        .Cell(Wording.Failures(statistics.Failures));

    private static void WriteHistograms(HtmlText page, JudgedRun run)
    {
        page.Add($"""<div class="histograms">""");
        for (var load = 0; load < run.Recording.Plan.Loads.Count; load++)
        {
            var name = run.Recording.Plan.Loads[load].Name;
            var histogram = LatencyHistogram.Of(run.Recording.SamplesOf((ushort)load));
            var whole = run.Result.Statistics.FirstOrDefault(statistics => statistics.Load == name && statistics.Window == WindowName.WholeWord);
            if (histogram.Classes.Count > 0 && whole is { Succeeded: > 0 })
            {
                page.Add($"<figure><figcaption><strong>{name}</strong> ")
                    .Add($"<span>latency over the whole run, {Wording.Number(whole.Succeeded)} operations, log scale</span></figcaption>")
                    .Add($"{HistogramChart.Draw(histogram, whole)}</figure>\n");
            }
        }

        page.Add($"</div>\n");
    }
}

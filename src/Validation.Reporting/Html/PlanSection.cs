using System.Globalization;
using Validation.Core;
using Validation.Core.Running;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Html;

/// <summary>The scenario after every choice was made.</summary>
internal static class PlanSection
{
    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The run.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        var plan = run.Recording.Plan;
        page.Add($"""
            <section id="plan"><h2>Plan</h2>
            <dl class="facts-list">
            <div><dt>scenario file</dt><dd>{plan.File}</dd></div>
            <div><dt>nodes</dt><dd>{string.Join(", ", plan.Nodes)}</dd></div>
            <div><dt>invariants</dt><dd>{string.Join(", ", plan.Invariants)}</dd></div>
            <div><dt>promises</dt><dd>{(plan.Promises.Count == 0 ? "none named" : string.Join(", ", plan.Promises))}</dd></div>
            </dl>

            """);
        WriteLoads(page, plan);
        WritePhases(page, run);
        page.Add($"</section>\n");
    }

    private static void WriteLoads(HtmlText page, Plan plan)
    {
        page.Add($"""<div class="scroll"><table><thead><tr><th>Load</th><th>Driver</th><th class="number">Per second</th><th class="number">Timeout</th><th>Parameters</th></tr></thead><tbody>""");
        foreach (var load in plan.Loads)
        {
            page.Add($"""<tr><td>{load.Name}</td><td>{load.Driver}</td><td class="number">{load.PerSecond.ToString("0.##", CultureInfo.InvariantCulture)}</td><td class="number">{Duration.Format(load.Timeout)}</td><td>{string.Join(", ", load.Parameters.Select(parameter => $"{parameter.Key} {parameter.Value}"))}</td></tr>""");
        }

        page.Add($"</tbody></table></div>\n");
    }

    private static void WritePhases(HtmlText page, JudgedRun run)
    {
        page.Add($"""<div class="scroll"><table><thead><tr><th>Phase</th><th class="number">Planned length</th><th>Took place</th><th>Faults</th></tr></thead><tbody>""");
        foreach (var phase in run.Recording.Plan.Phases)
        {
            var window = run.Result.Windows.FirstOrDefault(window => window.Name.ToString() == phase.Name);
            var faults = run.Recording.Plan.Faults.Where(fault => fault.Phase == phase.Name).Select(fault => $"{fault.Kind} at {Duration.Format(fault.At)}");
            page.Add($"""<tr><td>{phase.Name}</td><td class="number">{Duration.Format(phase.Length)}</td><td class="window">{(window is null ? "never" : Wording.Interval(window.From, window.To))}</td><td>{string.Join(", ", faults)}</td></tr>""");
        }

        page.Add($"</tbody></table></div>\n");
    }
}

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
        page.Add($"""<section id="plan"><h2>Plan</h2><dl class="facts-list">""")
            .Fact("scenario file", plan.File)
            .Fact("nodes", string.Join(", ", plan.Nodes))
            .Fact("invariants", string.Join(", ", plan.Invariants))
            .Fact("promises", plan.Promises.Count == 0 ? "none named" : string.Join(", ", plan.Promises))
            .Add($"</dl>\n");
        WriteLoads(page, plan);
        WritePhases(page, run);
        page.Add($"</section>\n");
    }

    private static void WriteLoads(HtmlText page, Plan plan)
    {
        page.BeginTable("loads", "Load", "Driver", "#Arrivals", "#Timeout", "Parameters");
        foreach (var load in plan.Loads)
        {
            page.Add($"<tr>")
                .Cell(load.Name)
                .Cell(load.Driver)
                .NumberCell(load.Arrivals.ToString())
                .NumberCell(Duration.Format(load.Timeout))
                .Cell(Wording.Pairs(load.Parameters))
                .Add($"</tr>\n");
        }

        page.EndTable();
    }

    private static void WritePhases(HtmlText page, JudgedRun run)
    {
        page.BeginTable("phases", "Phase", "#Planned length", "Took place", "Faults");
        foreach (var phase in run.Recording.Plan.Phases)
        {
            var window = run.Result.Windows.FirstOrDefault(window => window.Name.ToString() == phase.Name);
            var faults = run.Recording.Plan.Faults
                .Where(fault => fault.Phase == phase.Name)
                .Select(fault => $"{fault.Kind} at {Duration.Format(fault.At)}");
            page.Add($"<tr>")
                .Cell(phase.Name)
                .NumberCell(Duration.Format(phase.Length))
                .TimeCell(window is null ? "never" : Wording.Interval(window.From, window.To))
                .Cell(string.Join(", ", faults))
                .Add($"</tr>\n");
        }

        page.EndTable();
    }
}

using System.Globalization;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Statistics;

namespace Validation.Core.Judging;

/// <summary>Asks before a run whether it can show what it is asked to show: whether each objective could pass if nothing went wrong.</summary>
public static class PowerCheck
{
    /// <summary>Returns a sentence for each objective that can only fail or stay undecided, because its window holds too few operations.</summary>
    /// <remarks>
    /// Operations in the window of a fault are known beforehand only when the fault says how long it lasts. The objective that
    /// a canary wants to see fail or undecided need not be able to pass.
    /// </remarks>
    /// <param name="plan">The plan.</param>
    public static IReadOnlyList<string> Of(Plan plan) =>
        [.. plan.Objectives.Where(objective => objective.Name != plan.Expect?.Because).Select(objective => Warning(objective, plan)).OfType<string>()];

    private static string? Warning(ObjectiveSpec objective, Plan plan)
    {
        var load = plan.Loads[plan.IndexOf(objective.Load)];
        if (plan.Repeat is { } injections && IntervalJudge.AllowedShare(objective) is null)
        {
            var repetitions = SampleSize.WithoutEvents(1 - RepetitionJudge.ShareWithinLimit, ConfidenceInterval.Confidence);
            return injections >= repetitions
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"'{objective.Name}' cannot pass, only be inconclusive or fail: that {RepetitionJudge.ShareWithinLimit:0 %} of all injections stay within the limit needs {repetitions} repetitions, and there are {injections}.");
        }

        if (IntervalJudge.AllowedShare(objective) is not (> 0 and { } allowed) || PlannedLength(objective.Window, plan) is not { } length)
        {
            return null;
        }

        var needed = SampleSize.WithoutEvents(allowed, ConfidenceInterval.Confidence);
        var planned = (double)load.Arrivals.MostIn(length) * (plan.Repeat ?? 1);

        // Where only the run tells how many there are, nothing can be said beforehand.
        if (planned >= needed || load.PerSecond == 0)
        {
            return null;
        }

        var rate = new Rate(Math.Ceiling(needed / length.TotalSeconds / (plan.Repeat ?? 1)));
        var enough = TimeSpan.FromSeconds(Math.Ceiling(needed / load.PerSecond / (plan.Repeat ?? 1)));
        var claim = objective.Measure.Kind == MeasureKind.Availability ? objective.Measure.Format(objective.Limit) : objective.Measure.Name;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"'{objective.Name}' cannot pass, only be inconclusive or fail: {claim} needs {needed:#,0} operations without one beyond the limit, "
            + $"and {Duration.Format(length)} of {load.Arrivals} hold {planned:#,0}. {rate}, or {Duration.Format(enough)}, would do.");
    }

    private static TimeSpan? PlannedLength(WindowName window, Plan plan)
    {
        if (window.Phase is null)
        {
            return TimeSpan.FromTicks(plan.Phases.Sum(phase => phase.Length.Ticks));
        }

        var phase = plan.Phases.First(phase => phase.Name == window.Phase).Length;
        var faults = plan.Faults.Where(fault => fault.Phase == window.Phase).Select(fault => (fault.At, For: LengthOf(fault))).ToArray();
        return window.Part switch
        {
            WindowPart.All => phase,
            _ when faults.Any(fault => fault.For is null) => null,
            WindowPart.Fault => faults.Max(fault => fault.At + fault.For) - faults.Min(fault => fault.At),
            _ => phase - faults.Max(fault => fault.At + fault.For),
        };
    }

    private static TimeSpan? LengthOf(PlannedFault fault) =>
        fault.Parameters.TryGetValue("for", out var text) && Duration.TryParse(text, out var length) ? length : null;
}

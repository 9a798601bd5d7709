using System.Globalization;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Statistics;

namespace Validation.Core.Judging;

/// <summary>Judges repetitions of a run together. What one injection showed another may not, so the injection is what is counted.</summary>
/// <remarks>
/// Operations of all repetitions are pooled for availability and percentiles, and those of one repetition depend on each
/// other. Recovery and outage give one value for each repetition, of which a share must be within the limit. Everything else is
/// as bad as it was in the worst repetition.
/// </remarks>
public static class RepetitionJudge
{
    /// <summary>The share of injections, of all that could be made, after which the stack must stay within the limit.</summary>
    public const double ShareWithinLimit = 0.8;

    private const double Confidence = ConfidenceInterval.Confidence;

    /// <summary>Judges repetitions.</summary>
    /// <param name="plan">The plan of all of them.</param>
    /// <param name="repetitions">Their recordings and what was found in each, in their order; at least one.</param>
    public static RunResult Of(Plan plan, IReadOnlyList<(RunRecording Recording, RunResult Result)> repetitions)
    {
        Finding[] findings =
        [
            .. plan.Objectives.Select(objective => JudgeObjective(objective, repetitions)),
            .. repetitions.SelectMany(repetition => repetition.Result.Findings).Where(finding => finding.Kind != FindingKind.Objective)
                .DistinctBy(finding => (finding.Kind, finding.Name)).Select(finding => Worst(finding, repetitions)),
            JudgeNumber(plan, repetitions.Count),
        ];
        var (verdict, statement) = Expectation.Apply(plan.Expect, findings);
        return new RunResult
        {
            Verdict = verdict,
            Statement = statement,
            Findings = findings,
            Windows = [],
            Statistics =
            [
                .. from load in plan.Loads
                   from repetition in repetitions.Select((repetition, index) => (repetition.Result.Statistics, Name: $"repetition {Number(index + 1)}"))
                   from statistics in repetition.Statistics
                   where statistics.Load == load.Name && statistics.Window == WindowName.WholeWord
                   select statistics with { Window = repetition.Name },
            ],
        };
    }

    private static Finding JudgeObjective(ObjectiveSpec objective, IReadOnlyList<(RunRecording Recording, RunResult Result)> repetitions)
    {
        var each = repetitions.Select(repetition => repetition.Result.Findings.First(found => found.Kind == FindingKind.Objective && found.Name == objective.Name)).ToArray();
        var finding = new Finding
        {
            Kind = FindingKind.Objective,
            Name = objective.Name,
            Verdict = Verdict.Inconclusive,
            Statement = string.Empty,
            Limit = objective.LimitText(),
            Repetitions = [.. each.Select(one => one.Measured ?? "not measured")],
        };
        return IntervalJudge.AllowedShare(objective) is null
            ? JudgeInjections(objective, each, finding)
            : ObjectiveJudge.JudgePooled(objective, [.. repetitions.Select(repetition => repetition.Recording)], finding);
    }

    private static Finding JudgeInjections(ObjectiveSpec objective, Finding[] each, Finding finding)
    {
        var beyond = each.Count(one => one.Verdict == Verdict.Fail);
        var within = each.Count(one => one.Value <= objective.Limit && one.IsCutShort is null);
        var known = BinomialBounds.Lower(within, each.Length, Confidence);
        var median = Survival.Median([.. each.Where(one => one.Value is not null).Select(one => (one.Value!.Value, one.IsCutShort ?? false))]);
        var passes = BinomialBounds.IsAtMost(1 - ShareWithinLimit, each.Length - within, each.Length, Confidence);
        var fails = BinomialBounds.IsMoreThan(1 - ShareWithinLimit, beyond, each.Length, Confidence);
        return finding with
        {
            Verdict = passes ? Verdict.Pass : fails ? Verdict.Fail : Verdict.Inconclusive,
            Measured = median is null ? "longer than watched" : objective.Measure.Format(median.Value),
            Value = median,
            Samples = each.Length,
            Statement = string.Create(
                CultureInfo.InvariantCulture,
                $"{objective.Measure.Name} of '{objective.Load}' was within {objective.Measure.Format(objective.Limit)} after {within} of {each.Length} injections: it is after at least {known * 100:0} % of all, and {ShareWithinLimit * 100:0} % are asked for."),
            Hint = passes || fails
                ? null
                : $"{Number(SampleSize.WithoutEvents(1 - ShareWithinLimit, Confidence))} repetitions show it when all of them are within the limit.",
        };
    }

    private static Finding Worst(Finding first, IReadOnlyList<(RunRecording Recording, RunResult Result)> repetitions)
    {
        var same = repetitions.Select((repetition, index) => (
            Index: index,
            Finding: repetition.Result.Findings.FirstOrDefault(finding => finding.Kind == first.Kind && finding.Name == first.Name)
                ?? first with { Verdict = Verdict.Inconclusive, Statement = "It was not judged." })).ToArray();
        var (number, worst) = same.MaxBy(one => one.Finding.Verdict);
        return worst with { Statement = $"Repetition {Number(number + 1)}: {worst.Statement}", Window = null };
    }

    private static Finding JudgeNumber(Plan plan, int made) => new()
    {
        Kind = FindingKind.Run,
        Name = "repetitions",
        Verdict = made == plan.Repeat ? Verdict.Pass : Verdict.Inconclusive,
        Statement = $"{Number(made)} of {Number(plan.Repeat ?? 1)} repetitions were made, each on a stack of its own.",
        Samples = made,
    };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}

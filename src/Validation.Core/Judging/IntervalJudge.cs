using System.Globalization;
using Validation.Core.Recording;
using Validation.Core.Scenarios;
using Validation.Statistics;

namespace Validation.Core.Judging;

/// <summary>Judges availability and percentiles: passes, or fails, when the whole confidence interval is on that side of the limit.</summary>
/// <remarks>
/// A percentile is the question which share of the operations may be above the limit, so both kinds are one: is a share of
/// events small enough? That nothing at all may fail (100 %, p100) no sample can show; such a limit is about the
/// operations that were seen.
/// </remarks>
internal static class IntervalJudge
{
    private const double Confidence = ConfidenceInterval.Confidence;

    /// <summary>Judges operations.</summary>
    /// <param name="objective">The objective; its measure is availability or a percentile.</param>
    /// <param name="samples">The operations; for a percentile at least one of them succeeded.</param>
    /// <param name="blocks">The block that each of them belongs to: operations of one block may depend on each other.</param>
    /// <param name="finding">What is known of the finding already.</param>
    public static Finding Judge(ObjectiveSpec objective, IReadOnlyList<Sample> samples, IReadOnlyList<int> blocks, Finding finding) =>
        objective.Measure.Kind == MeasureKind.Availability
            ? JudgeAvailability(objective, samples, blocks, finding)
            : JudgePercentile(objective, samples, blocks, finding);

    /// <summary>Returns the largest share of operations that may fail, or may take longer than the limit.</summary>
    /// <param name="objective">The objective.</param>
    /// <returns>Null when the objective is of another kind; 0 when there may be none.</returns>
    public static double? AllowedShare(ObjectiveSpec objective) => objective.Measure.Kind switch
    {
        MeasureKind.Availability => 1 - objective.Limit,
        MeasureKind.Latency => 1 - (objective.Measure.Percentile / 100),
        _ => null,
    };

    private static Finding JudgeAvailability(ObjectiveSpec objective, IReadOnlyList<Sample> samples, IReadOnlyList<int> blocks, Finding finding)
    {
        var failed = BlockedCount.Among([.. blocks], Confidence);
        foreach (var (_, block) in samples.Zip(blocks).Where(pair => !pair.First.Succeeded))
        {
            failed.Add(block);
        }

        var effective = failed.Effective();
        var low = 1 - BinomialBounds.Upper(effective.Events, effective.Trials, Confidence);
        var high = 1 - BinomialBounds.Lower(effective.Events, effective.Trials, Confidence);
        var verdict = objective.Limit >= 1
            ? failed.Events == 0 ? Verdict.Pass : Verdict.Fail
            : Of(effective.IsAtMost(1 - objective.Limit, Confidence), effective.IsMoreThan(1 - objective.Limit, Confidence));
        return Tell(objective, (double)(samples.Count - failed.Events) / samples.Count, verdict, low, high, effective, finding);
    }

    private static Finding JudgePercentile(ObjectiveSpec objective, IReadOnlyList<Sample> samples, IReadOnlyList<int> blocks, Finding finding)
    {
        var succeeded = samples.Zip(blocks).Where(pair => pair.First.Succeeded).ToArray();
        var latencies = succeeded.Select(pair => pair.First.LatencyNs).ToArray();
        var blockOf = succeeded.Select(pair => pair.Second).ToArray();
        Array.Sort(latencies, blockOf);
        var limit = (long)Math.Round(objective.Limit * 1e9);
        var measured = Percentiles.At(latencies, objective.Measure.Percentile).TotalSeconds;
        if (objective.Measure.Percentile >= 100)
        {
            return Tell(objective, measured, latencies[^1] <= limit ? Verdict.Pass : Verdict.Fail, measured, null, new EffectiveSample(0, latencies.Length, 1), finding);
        }

        var bounds = QuantileBounds.Of(latencies, blockOf, objective.Measure.Percentile / 100, limit, Confidence);
        return Tell(objective, measured, Of(bounds.High <= limit, bounds.Low > limit), bounds.Low / 1e9, bounds.High / 1e9, bounds.AtLimit, finding);
    }

    private static Verdict Of(bool passes, bool fails) => passes ? Verdict.Pass : fails ? Verdict.Fail : Verdict.Inconclusive;

    private static Finding Tell(
        ObjectiveSpec objective, double measured, Verdict verdict, double? low, double? high, EffectiveSample effective, Finding finding)
    {
        var measure = objective.Measure;
        var interval = new ConfidenceInterval(
            low, high, (int)Math.Round(effective.Trials * effective.DesignEffect), effective.Trials, effective.DesignEffect, Text(measure, low, high));
        return finding with
        {
            Verdict = verdict,
            Measured = measure.FormatBeside(measured, objective.Limit),
            Value = measured,
            Interval = interval,
            Statement = $"{measure.Name} of '{objective.Load}' is {measure.FormatBeside(measured, objective.Limit)}, limit {objective.LimitText()}."
                + (verdict == Verdict.Inconclusive ? $" {Worth(interval)} leave {interval.Text} possible." : string.Empty),
            Hint = verdict == Verdict.Inconclusive ? Remedy(AllowedShare(objective)!.Value, effective) : null,
        };
    }

    private static string Text(Measure measure, double? low, double? high) => (low, high) switch
    {
        ({ } from, { } to) when measure.Kind == MeasureKind.Availability => Shares((decimal)from * 100, (decimal)to * 100),
        ({ } from, { } to) => $"{measure.Format(from)} to {measure.Format(to)}",
        ({ } from, null) => $"{measure.Format(from)} and more",
        (null, { } to) => $"up to {measure.Format(to)}",
        _ => "anything",
    };

    // As many digits as the width of the interval can bear, rounded outwards.
    private static string Shares(decimal from, decimal to)
    {
        var digits = Math.Clamp((int)Math.Ceiling(-Math.Log10((double)Math.Max(to - from, 0.0001m))) + 1, 0, 4);
        var low = Math.Round(from, digits, MidpointRounding.ToNegativeInfinity);
        var high = Math.Round(to, digits, MidpointRounding.ToPositiveInfinity);
        return string.Create(CultureInfo.InvariantCulture, $"{low:0.####} % to {high:0.####} %");
    }

    private static string Worth(ConfidenceInterval interval) => interval.DesignEffect > 1
        ? string.Create(CultureInfo.InvariantCulture, $"{interval.Operations} operations, worth {interval.Effective:0} because they are not independent of each other,")
        : string.Create(CultureInfo.InvariantCulture, $"{interval.Operations} operations");

    private static string Remedy(double allowed, EffectiveSample effective)
    {
        var needed = effective.Events == 0
            ? SampleSize.WithoutEvents(allowed, Confidence)
            : SampleSize.ToDecide(effective.Events / effective.Trials, allowed, Confidence) * effective.DesignEffect;
        return (needed - (effective.Trials * effective.DesignEffect)) switch
        {
            null => "It is too near to its limit for any number of operations to decide.",
            > 0 and { } more => string.Create(CultureInfo.InvariantCulture, $"About {more:#,0} more operations like these would decide it. Raise the load's arrivals or make the phase longer."),

            // At the limit itself the sample would do; it is further up that the slow ones come together.
            _ => "There are enough operations, but the slowest of them come in bursts: make the phase longer, or repeat the scenario.",
        };
    }
}

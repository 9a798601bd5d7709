using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Scenarios;

namespace Validation.Core.Capacity;

/// <summary>Reads from a level's recording and verdicts what it tells about the capacity.</summary>
public static class LevelReader
{
    // Arrivals at the window's edges are counted here and answered there.
    private const double AllButAll = 0.97;

    // What grows without end does so by much more in half a window; what only fluctuates does not.
    private const double StillSteady = 1.5;

    /// <summary>Reads a level.</summary>
    /// <param name="order">The level.</param>
    /// <param name="load">The load's name.</param>
    /// <param name="recording">Its recording.</param>
    /// <param name="result">Its verdicts.</param>
    public static CapacityLevel Read(LevelOrder order, string load, RunRecording recording, RunResult result)
    {
        var window = MeasuredWindows.Of(recording).Find(new WindowName(CapacityQuestion.Phase))
            ?? throw new HarnessException(ExitCode.Inconclusive, $"The level at {order.Rate} was cut short.");
        var samples = recording.SamplesIn(recording.Plan.IndexOf(load), window);
        var numbers = LoadStatistics.Of(recording, recording.Plan.IndexOf(load), window);
        var throughput = numbers.Succeeded / window.Length.TotalSeconds;
        var middle = (long)((window.From + window.To) / 2).TotalNanoseconds;
        var (first, second) = (Typical(samples.Where(sample => sample.PlannedNs < middle)), Typical(samples.Where(sample => sample.PlannedNs >= middle)));

        var harness = Worst(result, FindingKind.Generator, FindingKind.World, FindingKind.Run);
        var stack = Worst(result, FindingKind.Objective, FindingKind.Invariant);
        var decisive = harness ?? stack;
        return new CapacityLevel
        {
            Number = order.Number,
            Rate = order.Rate,
            Purpose = order.Purpose,
            Outcome = harness is not null ? LevelOutcome.HarnessLimited : stack?.Verdict switch
            {
                null => LevelOutcome.Met,
                Verdict.Fail => LevelOutcome.Failed,
                _ => LevelOutcome.Undecided,
            },
            Statement = decisive is null ? "All objectives are met." : $"{decisive.Name}: {decisive.Statement}",
            Bottleneck = decisive is null ? null : BottleneckFinder.Of(recording, harness, numbers),
            Planned = numbers.Planned,
            Throughput = throughput,
            Availability = numbers.Availability,
            Median = numbers.Median,
            P99 = numbers.P99,
            Concurrency = throughput * Response(samples).TotalSeconds,
            IsSteady = numbers.Availability >= AllButAll && second <= first * StillSteady,
        };
    }

    /// <summary>Returns the mean time from the fired instant to the answer of the operations that succeeded.</summary>
    private static TimeSpan Response(IEnumerable<Sample> samples) => TimeSpan.FromMicroseconds(
        samples.Where(sample => sample.Succeeded).Select(sample => (sample.CompletedNs - sample.FiredNs) / 1_000.0).DefaultIfEmpty().Average());

    /// <summary>Returns the median of the latencies: a queue that grows moves it, a hiccup does not.</summary>
    private static TimeSpan Typical(IEnumerable<Sample> samples) => Percentiles.At(Percentiles.SortedLatencies([.. samples]), 50);

    private static Finding? Worst(RunResult result, params FindingKind[] kinds) => result.Findings
        .Where(finding => kinds.Contains(finding.Kind) && finding.Verdict != Verdict.Pass)
        .OrderByDescending(finding => finding.Verdict)
        .FirstOrDefault();
}

using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Reporting.Digest;

/// <summary>All failures of one load that have the same class.</summary>
/// <param name="Load">The load.</param>
/// <param name="Name">The class.</param>
/// <param name="Count">How many operations failed so.</param>
/// <param name="Share">Their share of the load's operations, between 0 and 1.</param>
/// <param name="First">The planned instant of the first.</param>
/// <param name="Last">The planned instant of the last.</param>
/// <param name="Example">What exactly went wrong, the first time that it was seen; null when the driver did not say.</param>
internal sealed record FailureClass(string Load, string Name, int Count, double Share, TimeSpan First, TimeSpan Last, string? Example)
{
    /// <summary>Finds the failure classes of a run, load by load, the most frequent first.</summary>
    /// <param name="recording">The recording.</param>
    public static IReadOnlyList<FailureClass> Of(RunRecording recording)
    {
        var samples = Enumerable.Range(0, recording.Plan.Loads.Count).SelectMany(load => recording.SamplesOf((ushort)load)).ToArray();
        var planned = samples.CountBy(sample => sample.Load).ToDictionary();
        var examples = recording.Facts<FailureSeen>()
            .GroupBy(seen => (seen.Fact.Load, seen.Fact.Failure))
            .ToDictionary(group => group.Key, group => group.First().Fact.Detail);
        return
        [
            .. from sample in samples
               where !sample.Succeeded
               group sample by (sample.Load, sample.Outcome) into failures
               orderby failures.Key.Load, failures.Count() descending
               let load = recording.Plan.Loads[failures.Key.Load].Name
               let name = recording.Samples.Failures.GetValueOrDefault(failures.Key.Outcome, "unknown")
               select new FailureClass(
                   load,
                   name,
                   failures.Count(),
                   (double)failures.Count() / planned[failures.Key.Load],
                   Instant(failures.Min(sample => sample.PlannedNs)),
                   Instant(failures.Max(sample => sample.PlannedNs)),
                   examples.GetValueOrDefault((load, name))),
        ];
    }

    private static TimeSpan Instant(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
}

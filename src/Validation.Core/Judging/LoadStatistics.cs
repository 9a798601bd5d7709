using System.Text.Json.Serialization;
using Validation.Core.Recording;

namespace Validation.Core.Judging;

/// <summary>The numbers of one load in one window.</summary>
/// <param name="Load">The load.</param>
/// <param name="Window">The window's name.</param>
/// <param name="Planned">Operations that were planned in the window.</param>
/// <param name="Succeeded">Operations of these that succeeded.</param>
/// <param name="Median">Median latency of those that succeeded.</param>
/// <param name="P95">95th percentile.</param>
/// <param name="P99">99th percentile.</param>
/// <param name="Largest">The largest latency.</param>
/// <param name="Failures">How many operations failed, by class.</param>
public sealed record LoadStatistics(
    string Load,
    string Window,
    int Planned,
    int Succeeded,
    [property: JsonPropertyName("medianMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Median,
    [property: JsonPropertyName("p95Ms"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan P95,
    [property: JsonPropertyName("p99Ms"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan P99,
    [property: JsonPropertyName("largestMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Largest,
    IReadOnlyDictionary<string, int> Failures)
{
    /// <summary>Gets the share of operations that succeeded; 0 when none was planned.</summary>
    public double Availability => Planned == 0 ? 0 : (double)Succeeded / Planned;

    /// <summary>Computes the numbers of one load in one window.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="load">The load's index.</param>
    /// <param name="window">The window.</param>
    public static LoadStatistics Of(RunRecording recording, ushort load, Window window)
    {
        var samples = recording.SamplesIn(load, window);
        var latencies = Percentiles.SortedLatencies(samples);
        var failures = samples.Where(sample => !sample.Succeeded)
            .GroupBy(sample => recording.Samples.Failures.GetValueOrDefault(sample.Outcome, "unknown"))
            .OrderByDescending(group => group.Count())
            .ToDictionary(group => group.Key, group => group.Count());
        return new LoadStatistics(
            recording.Plan.Loads[load].Name,
            window.Name.ToString(),
            samples.Count,
            latencies.Length,
            Percentiles.At(latencies, 50),
            Percentiles.At(latencies, 95),
            Percentiles.At(latencies, 99),
            Percentiles.At(latencies, 100),
            failures);
    }
}

using System.Text.Json.Serialization;

namespace Validation.Core.Capacity;

/// <summary>What was seen at one rate.</summary>
public sealed record CapacityLevel
{
    /// <summary>Gets its number, from 1, in the order of measuring.</summary>
    public required int Number { get; init; }

    /// <summary>Gets the rate that the load was planned with.</summary>
    [JsonPropertyName("perSecond")]
    public required Rate Rate { get; init; }

    /// <summary>Gets what it was measured for.</summary>
    public required LevelPurpose Purpose { get; init; }

    /// <summary>Gets how it ended.</summary>
    public required LevelOutcome Outcome { get; init; }

    /// <summary>Gets what decided that, as one sentence.</summary>
    public required string Statement { get; init; }

    /// <summary>Gets what the stack or the harness lacked most; null when all objectives are met.</summary>
    public Bottleneck? Bottleneck { get; init; }

    /// <summary>Gets how many operations were planned in the measured window.</summary>
    public required int Planned { get; init; }

    /// <summary>Gets how many of them succeeded per second.</summary>
    public required double Throughput { get; init; }

    /// <summary>Gets the share of them that succeeded.</summary>
    public required double Availability { get; init; }

    /// <summary>Gets the median latency, from the planned instant, of those that succeeded.</summary>
    [JsonPropertyName("medianMs")]
    [JsonConverter(typeof(MillisecondsConverter))]
    public required TimeSpan Median { get; init; }

    /// <summary>Gets their 99th percentile.</summary>
    [JsonPropertyName("p99Ms")]
    [JsonConverter(typeof(MillisecondsConverter))]
    public required TimeSpan P99 { get; init; }

    /// <summary>Gets how many operations were under way at a time, in the mean: throughput times mean response time from the fired instant (Little's law).</summary>
    public required double Concurrency { get; init; }

    /// <summary>Gets whether the stack answered as fast as it was asked, and no slower in the second half of the window than in the first.</summary>
    public required bool IsSteady { get; init; }
}

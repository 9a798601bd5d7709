using System.Globalization;
using System.Text.Json.Serialization;

namespace Validation.Core.Scenarios;

/// <summary>An SLO over one load and one window.</summary>
public sealed record ObjectiveSpec
{
    /// <summary>Gets the name, unique in its scenario.</summary>
    /// <value>Defaults to load, measure and window: <c>fetch p99 baseline</c>.</value>
    public required string Name { get; init; }

    /// <summary>Gets the load whose operations are judged.</summary>
    public required string Load { get; init; }

    /// <summary>Gets the window over which they are judged.</summary>
    public required WindowName Window { get; init; }

    /// <summary>Gets what is measured.</summary>
    public required Measure Measure { get; init; }

    /// <summary>Gets the limit. It passes itself.</summary>
    /// <value>A share between 0 and 1 for availability, a multiple of 1 or more for balance, seconds for everything else.</value>
    public required double Limit { get; init; }

    /// <summary>Gets from which time of the stack's configuration the limit was counted: <c>agent-retry-cap 4m + 30s</c>.</summary>
    /// <value>Null when the scenario states the limit itself.</value>
    public string? LimitSource { get; init; }

    /// <summary>Gets how many operations the window must hold before a verdict is given.</summary>
    /// <value>At least 1. Defaults to <see cref="Measure.DefaultMinimumSamples"/>.</value>
    public required int MinimumSamples { get; init; }

    /// <summary>Gets how long operations must succeed without a failure before the load counts as recovered.</summary>
    /// <value>More than zero. Defaults to 3 s. Used by <see cref="MeasureKind.TimeToRecover"/> alone.</value>
    [JsonPropertyName("settleMs")]
    [JsonConverter(typeof(MillisecondsConverter))]
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Gets from where the time to recover counts.</summary>
    /// <value>Defaults to the injection. Used by <see cref="MeasureKind.TimeToRecover"/> alone.</value>
    public RecoveryStart Since { get; init; }

    /// <summary>Gets whether the run ends as soon as the objective has failed for certain.</summary>
    /// <value>Defaults to false.</value>
    public bool Abort { get; init; }

    /// <summary>Returns the limit as it is written in reports: <c>≥ 99.9 %</c>, <c>≤ 250ms</c>, <c>≤ 4m30s (agent-retry-cap 4m + 30s)</c>.</summary>
    public string LimitText() =>
        (Measure.AtLeast ? "≥ " : "≤ ") + Measure.FormatExactly(Limit) + (LimitSource is null ? string.Empty : $" ({LimitSource})");
}

/// <summary>What an objective measures.</summary>
/// <param name="Kind">What is measured.</param>
/// <param name="Percentile">Which percentile, more than 0 and at most 100; 0 for every other kind.</param>
public readonly record struct Measure(MeasureKind Kind, double Percentile = 0)
{
    /// <summary>Gets the name as scenarios write it: <c>p99</c>, <c>availability</c>, <c>time-to-recover</c>.</summary>
    [JsonIgnore]
    public string Name => Kind switch
    {
        MeasureKind.Latency => "p" + Percentile.ToString(CultureInfo.InvariantCulture),
        MeasureKind.Availability => "availability",
        MeasureKind.TimeToRecover => "time-to-recover",
        MeasureKind.Balance => "balance",
        _ => "longest-outage",
    };

    /// <summary>Gets whether the measured value must be at least the limit; otherwise at most.</summary>
    [JsonIgnore]
    public bool AtLeast => Kind == MeasureKind.Availability;

    /// <summary>Returns the smallest sample for which a verdict can mean something.</summary>
    /// <param name="limit">The objective's limit.</param>
    /// <returns>
    /// For a percentile and for availability, the size at which the limit allows one operation on the wrong side:
    /// below it the check would only ask whether anything at all went wrong. For balance 100, for the others 10.
    /// </returns>
    public int DefaultMinimumSamples(double limit) => Kind switch
    {
        MeasureKind.Latency => OnePerShare(1 - (Percentile / 100)),
        MeasureKind.Availability => OnePerShare(1 - limit),
        MeasureKind.Balance => 100,
        _ => 10,
    };

    /// <summary>Returns a value of this measure as text with its unit. Availability is cut off, so that a failure never shows as 100 %.</summary>
    /// <param name="value">A share for availability, a multiple for balance, seconds otherwise.</param>
    public string Format(double value) => Kind switch
    {
        MeasureKind.Availability => Math.Round((decimal)value * 100, 4, MidpointRounding.ToZero).ToString("0.####", CultureInfo.InvariantCulture) + " %",
        MeasureKind.Balance => value.ToString("0.###", CultureInfo.InvariantCulture) + " x",
        _ => Duration.Format(TimeSpan.FromSeconds(value)),
    };

    /// <summary>Writes a value of this measure as it was given: durations are not rounded.</summary>
    /// <param name="value">The value.</param>
    public string FormatExactly(double value) => IsShare ? Format(value) : Duration.FormatExactly(TimeSpan.FromSeconds(value));

    /// <summary>Writes a value so that it does not look like its limit when it is another one.</summary>
    /// <param name="value">The value.</param>
    /// <param name="limit">The limit.</param>
    public string FormatBeside(double value, double limit) => Format(value) == Format(limit) ? FormatExactly(value) : Format(value);

    private bool IsShare => Kind is MeasureKind.Availability or MeasureKind.Balance;

    private static int OnePerShare(double share) => Math.Clamp((int)Math.Ceiling(Math.Round(1 / Math.Max(share, 1e-6), 6)), 10, 1_000_000);
}

/// <summary>What an objective measures.</summary>
public enum MeasureKind
{
    /// <summary>A percentile of the latencies, from the planned instant, of operations that succeeded.</summary>
    Latency,

    /// <summary>The share of planned operations that succeeded.</summary>
    Availability,

    /// <summary>The time until operations succeed again without failure.</summary>
    TimeToRecover,

    /// <summary>The longest time in which no planned operation succeeded.</summary>
    LongestOutage,

    /// <summary>How many SVIDs the busiest SPIRE server signed, as a multiple of the average over all servers.</summary>
    Balance,
}

/// <summary>From where the time to recover counts.</summary>
public enum RecoveryStart
{
    /// <summary>From the moment the fault was seen to be in force.</summary>
    Injection,

    /// <summary>From the moment the fault was seen to be over.</summary>
    Heal,
}

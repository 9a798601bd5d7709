using System.Globalization;
using Validation.Core;
using Validation.Core.Capacity;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Capacities;

/// <summary>How all reports of a capacity write its levels.</summary>
internal static class CapacityWording
{
    /// <summary>What an embedded SPIRE's capacity does not say.</summary>
    public const string EmbeddedNote = "The embedded SPIRE was measured: this says nothing about SPIRE itself.";

    /// <summary>What every report says of the faults.</summary>
    public const string FaultsNote = "No fault is injected while a capacity is searched for.";

    /// <summary>Gets the names of the columns; numbers begin with <c>#</c>.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["#Level", "#Rate", "For", "Outcome", "#Succeeded", "#p50", "#p99", "#Under way", "Decided by"];

    /// <summary>Returns a level as cells for <see cref="Columns"/>.</summary>
    /// <param name="level">The level.</param>
    public static IReadOnlyList<string> Cells(CapacityLevel level) =>
    [
        level.Number.ToString(CultureInfo.InvariantCulture),
        level.Rate.ToString(),
        level.Purpose.ToString().ToLowerInvariant(),
        $"{Wording.Sign(VerdictOf(level))} {Outcome(level)}",
        Wording.Percent(level.Availability),
        level.Throughput > 0 ? Duration.Format(level.Median) : "–",
        level.Throughput > 0 ? Duration.Format(level.P99) : "–",
        level.Concurrency.ToString("0.0", CultureInfo.InvariantCulture) + (level.IsSteady ? string.Empty : " growing"),
        level.Statement,
    ];

    /// <summary>Returns a level's outcome as a verdict.</summary>
    /// <param name="level">The level.</param>
    public static Verdict VerdictOf(CapacityLevel level) => level.Outcome switch
    {
        LevelOutcome.Met => Verdict.Pass,
        LevelOutcome.Failed => Verdict.Fail,
        _ => Verdict.Inconclusive,
    };

    /// <summary>Returns what was lacking, in words.</summary>
    /// <param name="bottleneck">The bottleneck.</param>
    public static string Describe(Bottleneck bottleneck) => $"{bottleneck.Kind switch
    {
        BottleneckKind.Generator => "the harness itself",
        BottleneckKind.RateLimit => "SPIRE's rate limit",
        BottleneckKind.Pool => "the connection pool",
        BottleneckKind.Database => "the database",
        BottleneckKind.ServerProcessor => "the processors, by the SPIRE servers",
        BottleneckKind.OtherProcessor => "the processors, by other nodes",
        _ => "not known",
    }}. {bottleneck.Statement}";

    /// <summary>Returns what a reader must know about the SPIRE that was measured; null when there is nothing.</summary>
    /// <param name="result">The result.</param>
    public static string? Note(CapacityResult result) => result.Spire.Contains("embedded", StringComparison.OrdinalIgnoreCase) ? EmbeddedNote : null;

    private static string Outcome(CapacityLevel level) => level.Outcome switch
    {
        LevelOutcome.Met => "met",
        LevelOutcome.Failed => "failed",
        LevelOutcome.Undecided => "undecided",
        _ => "harness limited",
    };
}

namespace Validation.Core.Capacity;

/// <summary>What is known about the capacity of a stack.</summary>
public sealed record CapacityResult
{
    /// <summary>Gets the version of this file's form.</summary>
    public int Format { get; init; } = 1;

    /// <summary>Gets the scenario's name.</summary>
    public required string Scenario { get; init; }

    /// <summary>Gets the scenario file, as the user named it.</summary>
    public required string File { get; init; }

    /// <summary>Gets which SPIRE it was.</summary>
    public required string Spire { get; init; }

    /// <summary>Gets the environment's name.</summary>
    public required string Environment { get; init; }

    /// <summary>Gets the seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Gets the load whose rate was varied.</summary>
    public required string Load { get; init; }

    /// <summary>Gets what each level had to meet.</summary>
    public required IReadOnlyList<string> Objectives { get; init; }

    /// <summary>Gets the objectives of the scenario that no level was judged by.</summary>
    public required IReadOnlyList<string> LeftOut { get; init; }

    /// <summary>Gets whether the capacity was found: pass when it was, fail when even the lowest rate does not meet the objectives.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Gets the answer, as one sentence.</summary>
    public required string Statement { get; init; }

    /// <summary>Gets the highest rate that meets the objectives, confirmed; null when there is none.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("capacityPerSecond")]
    public Rate? Capacity { get; init; }

    /// <summary>Gets what was lacking at the lowest rate that does not meet the objectives; null when every rate did.</summary>
    public Bottleneck? Bottleneck { get; init; }

    /// <summary>Gets the levels, in the order of measuring.</summary>
    public required IReadOnlyList<CapacityLevel> Levels { get; init; }

    /// <summary>Gets how throughput follows from concurrency.</summary>
    public required Scalability Scalability { get; init; }

    /// <summary>Gets how the process ends because of the verdict.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public ExitCode ExitCode => Verdict switch
    {
        Verdict.Pass => ExitCode.Pass,
        Verdict.Fail => ExitCode.Fail,
        _ => ExitCode.Inconclusive,
    };
}

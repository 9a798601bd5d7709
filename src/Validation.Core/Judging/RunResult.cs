namespace Validation.Core.Judging;

/// <summary>The verdicts of one run.</summary>
public sealed record RunResult
{
    /// <summary>Gets the version of this file's form.</summary>
    public int Format { get; init; } = 1;

    /// <summary>Gets the verdict over everything, after the scenario's expectation was applied.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Gets one sentence that explains the verdict.</summary>
    public required string Statement { get; init; }

    /// <summary>Gets what each check found: objectives, invariants, faults, world, generator, run.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Gets the measured windows.</summary>
    public required IReadOnlyList<Window> Windows { get; init; }

    /// <summary>Gets the numbers of every load in every window.</summary>
    public required IReadOnlyList<LoadStatistics> Statistics { get; init; }

    /// <summary>Gets how the process ends because of the verdict. A stack that was left unclean outranks every verdict.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public ExitCode ExitCode =>
        Findings.Any(finding => finding is { Kind: FindingKind.World, Verdict: Verdict.Fail }) ? ExitCode.LeftUnclean : Verdict.ToExitCode();
}

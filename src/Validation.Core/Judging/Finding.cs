using Validation.Core.Scenarios;

namespace Validation.Core.Judging;

/// <summary>What one check found.</summary>
public sealed record Finding
{
    /// <summary>Gets what kind of check it was.</summary>
    public required FindingKind Kind { get; init; }

    /// <summary>Gets its name: the objective's, the invariant's, the fault's, the load's.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the verdict.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Gets what was found, as one sentence.</summary>
    public required string Statement { get; init; }

    /// <summary>Gets the measured value as text with its unit; null when there is none.</summary>
    public string? Measured { get; init; }

    /// <summary>Gets the measured value as a number, a share for availability and seconds for everything else; null when there is none.</summary>
    public double? Value { get; init; }

    /// <summary>Gets whether the value is only how long was watched, because what was waited for had not happened by then.</summary>
    /// <value>Null for no.</value>
    public bool? IsCutShort { get; init; }

    /// <summary>Gets between what the measured value may lie; null for what is a single observation, or no sample at all.</summary>
    public ConfidenceInterval? Interval { get; init; }

    /// <summary>Gets the limit as text with its unit; null when there is none.</summary>
    public string? Limit { get; init; }

    /// <summary>Gets how many operations, SVIDs or entries were looked at; null when that means nothing.</summary>
    public int? Samples { get; init; }

    /// <summary>Gets what was measured in each repetition, as text; null when the run was not repeated.</summary>
    public IReadOnlyList<string>? Repetitions { get; init; }

    /// <summary>Gets the window that was looked at; null for the whole run.</summary>
    public Window? Window { get; init; }

    /// <summary>Gets what to do about it; null when there is nothing to do.</summary>
    public string? Hint { get; init; }

    /// <summary>Returns whether this is what a canary is about. A load may be called like an objective, and is not meant.</summary>
    /// <param name="expected">What the canary expects: of what judges the stack, or of a fault that it is without proof.</param>
    public bool IsMeantBy(ExpectedFinding expected) => Name == expected.Because
        && (JudgesTheStack() || (expected.Verdict == Verdict.Inconclusive && Kind == FindingKind.Fault));

    /// <summary>Returns whether this says something of the stack, and not of the run that looked at it.</summary>
    public bool JudgesTheStack() => Kind is FindingKind.Objective or FindingKind.Invariant;
}

/// <summary>What kind of check made a finding.</summary>
public enum FindingKind
{
    /// <summary>An objective of the scenario.</summary>
    Objective,

    /// <summary>A safety property.</summary>
    Invariant,

    /// <summary>The proof that a fault was in force and is over.</summary>
    Fault,

    /// <summary>Whether the generator did what it was asked to do.</summary>
    Generator,

    /// <summary>Whether the stack was after its faults what it was before them.</summary>
    World,

    /// <summary>Whether the run itself is complete.</summary>
    Run,
}

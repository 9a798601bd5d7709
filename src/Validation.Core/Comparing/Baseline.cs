namespace Validation.Core.Comparing;

/// <summary>The figures of runs, kept in a file to compare later runs with; it needs nothing of those runs any more.</summary>
public sealed record Baseline
{
    /// <summary>Gets the version of this file's form.</summary>
    public int Format { get; init; } = 1;

    /// <summary>Gets the runs.</summary>
    public required IReadOnlyList<RunFigures> Runs { get; init; }
}

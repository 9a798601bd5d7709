namespace Validation.Core.Scenarios;

/// <summary>What a scenario is about: something that was reported of a SPIRE stack.</summary>
/// <param name="Source">Where it was reported: <c>spiffe/spire#4565</c>.</param>
public sealed record IncidentSpec(string Source)
{
    /// <summary>Gets the defect with which the same happens to the embedded SPIRE.</summary>
    /// <value>Null when there is none; then <see cref="CaughtBy"/> is null too.</value>
    public DefectKind? Defect { get; init; }

    /// <summary>Gets the name of the objective or invariant that fails with that defect.</summary>
    public string? CaughtBy { get; init; }
}

/// <summary>A mistake that the embedded SPIRE, or the stack around it, makes when it is told to, so that a scenario can be seen to notice it.</summary>
/// <param name="Name">Its name: <c>join-token-check-then-act</c>.</param>
/// <param name="Summary">What goes wrong, as a sentence.</param>
public sealed record DefectKind(string Name, string Summary);

namespace Validation.Core.Scenarios;

/// <summary>A planned part of the timeline.</summary>
public sealed record PhaseSpec
{
    /// <summary>Gets the name by which objectives refer to its windows.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how long it lasts at least; it is extended until its faults have healed.</summary>
    /// <value>More than zero.</value>
    public required TimeSpan Length { get; init; }

    /// <summary>Gets the faults that begin in this phase.</summary>
    public IReadOnlyList<FaultSpec> Faults { get; init; } = [];

    /// <summary>Gets where the phase was read from.</summary>
    public SourcePosition Position { get; init; }
}

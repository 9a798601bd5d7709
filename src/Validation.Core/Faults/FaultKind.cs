using Validation.Core.Scenarios;

namespace Validation.Core.Faults;

/// <summary>A kind of fault.</summary>
public sealed record FaultKind
{
    /// <summary>Gets the name that scenarios use, for example <c>partition</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Gets what goes wrong, in one sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>Gets how its injection and its heal are proven, in one sentence.</summary>
    public required string Proof { get; init; }

    /// <summary>Gets the fault's own parameters, besides <c>at</c> and <c>name</c>.</summary>
    public required IReadOnlyList<Parameter> Parameters { get; init; }

    /// <summary>Gets what the nodes that its selectors name must be able to do, as capability interfaces.</summary>
    public IReadOnlyList<Type> NodesMust { get; init; } = [];

    /// <summary>Gets what the stack as a whole must be able to do, as capability interfaces.</summary>
    public IReadOnlyList<Type> StackMust { get; init; } = [];
}

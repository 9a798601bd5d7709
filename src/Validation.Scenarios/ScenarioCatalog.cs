using Validation.Core.Faults;
using Validation.Core.Loads;
using Validation.Core.Scenarios;

namespace Validation.Scenarios;

/// <summary>The words that a scenario may use besides the language's own.</summary>
/// <param name="Faults">The kinds of faults that can be injected; names are unique.</param>
/// <param name="Drivers">The kinds of operations that a load can consist of; names are unique.</param>
/// <param name="Invariants">The names of the invariants that can be judged.</param>
public sealed record ScenarioCatalog(
    IReadOnlyCollection<FaultKind> Faults,
    IReadOnlyCollection<DriverKind> Drivers,
    IReadOnlyCollection<string> Invariants)
{
    /// <summary>Gets the defects that the embedded SPIRE and the stack around it can have; names are unique.</summary>
    public IReadOnlyCollection<DefectKind> Defects { get; init; } = [];

    /// <summary>Gets the names and roles of the nodes that every stack has besides those it asks for: the environment's own machines.</summary>
    public IReadOnlyCollection<(string Name, string Role)> OtherNodes { get; init; } = [];
}

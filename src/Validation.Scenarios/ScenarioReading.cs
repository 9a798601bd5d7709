using System.Diagnostics.CodeAnalysis;
using Validation.Core.Scenarios;

namespace Validation.Scenarios;

/// <summary>What became of a scenario file: a scenario, or everything that is wrong with it.</summary>
/// <param name="Scenario">The scenario; null when there is any diagnostic.</param>
/// <param name="Diagnostics">All mistakes, in the order of their places; empty when there is a scenario.</param>
public sealed record ScenarioReading(Scenario? Scenario, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Gets whether the file holds a scenario.</summary>
    [MemberNotNullWhen(true, nameof(Scenario))]
    public bool Succeeded => Scenario is not null;
}

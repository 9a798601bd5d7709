using Validation.Core.Scenarios;

namespace Validation.Core.Stacks;

/// <summary>Why an environment does not run a scenario.</summary>
/// <param name="Position">The line of the scenario that asks for it.</param>
/// <param name="Reason">What is not possible, why, and what would make it possible; a sentence or two.</param>
public sealed record Refusal(SourcePosition Position, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Position}: {Reason}";
}

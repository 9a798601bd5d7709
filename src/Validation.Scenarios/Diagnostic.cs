using Validation.Core.Scenarios;

namespace Validation.Scenarios;

/// <summary>One mistake in a scenario file.</summary>
/// <param name="Position">Where it is.</param>
/// <param name="Message">What is wrong, the value seen, what is allowed, and the nearest known word. Complete sentences.</param>
public sealed record Diagnostic(SourcePosition Position, string Message)
{
    /// <summary>Returns <c>path:line:column: message</c>, as compilers write it.</summary>
    public override string ToString() => $"{Position}: {Message}";
}

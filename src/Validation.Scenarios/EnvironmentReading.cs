using System.Diagnostics.CodeAnalysis;

namespace Validation.Scenarios;

/// <summary>What became of an environment file: its content, or everything that is wrong with it.</summary>
/// <param name="File">The content; null when there is any diagnostic.</param>
/// <param name="Diagnostics">All mistakes, in the order of their places; empty when there is a content.</param>
public sealed record EnvironmentReading(EnvironmentFile? File, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Gets whether the file could be read.</summary>
    [MemberNotNullWhen(true, nameof(File))]
    public bool Succeeded => File is not null;
}

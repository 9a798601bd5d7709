using Validation.Core.Scenarios;

namespace Validation.Scenarios.Reading;

/// <summary>Collects the mistakes of one file.</summary>
internal sealed class DiagnosticLog
{
    private readonly List<Diagnostic> _diagnostics = [];

    /// <summary>Gets whether nothing was wrong so far.</summary>
    public bool IsEmpty => _diagnostics.Count == 0;

    /// <summary>Adds a mistake.</summary>
    /// <param name="position">Where it is.</param>
    /// <param name="message">What is wrong.</param>
    public void Add(SourcePosition position, string message) => _diagnostics.Add(new Diagnostic(position, message));

    /// <summary>Returns all mistakes in the order of their places; those in one place in the order in which they were found.</summary>
    public IReadOnlyList<Diagnostic> InOrder() =>
        [.. _diagnostics.Distinct().OrderBy(found => found.Position.Line).ThenBy(found => found.Position.Column)];
}

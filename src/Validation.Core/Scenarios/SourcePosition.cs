namespace Validation.Core.Scenarios;

/// <summary>A place in a scenario file.</summary>
/// <param name="Path">The file, as the user named it.</param>
/// <param name="Line">The line; the first is 1.</param>
/// <param name="Column">The column; the first is 1.</param>
public readonly record struct SourcePosition(string Path, int Line, int Column)
{
    /// <summary>Returns <c>path:line:column</c>, which terminals turn into a link.</summary>
    public override string ToString() => $"{Path}:{Line}:{Column}";
}

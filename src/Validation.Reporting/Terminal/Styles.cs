using Spectre.Console;
using Validation.Core;

namespace Validation.Reporting.Terminal;

/// <summary>The few styles of terminal output. They only underline what the words say.</summary>
internal static class Styles
{
    /// <summary>Gets the style of what is less important.</summary>
    public static Style Soft { get; } = new(Color.Grey);

    /// <summary>Gets the style of what is looked for first.</summary>
    public static Style Strong { get; } = new(decoration: Decoration.Bold);

    /// <summary>Gets the style of faults.</summary>
    public static Style Fault { get; } = new(Color.MediumPurple);

    /// <summary>Returns the style of a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    public static Style Of(Verdict verdict) => new(
        verdict switch { Verdict.Pass => Color.Green, Verdict.Fail => Color.Red, _ => Color.Yellow },
        decoration: Decoration.Bold);
}

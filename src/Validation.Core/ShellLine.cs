using System.Text.RegularExpressions;

namespace Validation.Core;

/// <summary>Writes a command as it would be typed into a shell.</summary>
public static partial class ShellLine
{
    /// <summary>Returns the command in one line; words with characters that a shell would change are quoted.</summary>
    /// <param name="command">The program and its arguments.</param>
    public static string Of(IEnumerable<string> command) => string.Join(' ', command.Select(Quote));

    private static string Quote(string word) =>
        Plain().IsMatch(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex("^[A-Za-z0-9_@%+=:,./-]+$")]
    private static partial Regex Plain();
}

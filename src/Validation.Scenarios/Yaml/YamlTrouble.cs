using Validation.Core.Scenarios;
using YamlDotNet.Core;

namespace Validation.Scenarios.Yaml;

/// <summary>Says what is wrong with a text that is not YAML: YamlDotNet's own words, and what usually helps.</summary>
internal static class YamlTrouble
{
    /// <summary>Returns the place and the message.</summary>
    /// <param name="error">What YamlDotNet threw.</param>
    /// <param name="path">The file.</param>
    /// <param name="text">Its text.</param>
    public static (SourcePosition Position, string Message) Explain(YamlException error, string path, string text)
    {
        var lines = text.Split('\n');
        var line = (int)error.Start.Line;

        // For a tab YamlDotNet gives the place of the mapping around it.
        if (error.Message.Contains(" tab ", StringComparison.Ordinal)
            && Array.FindIndex(lines, line - 1, IsIndentedWithTab) is >= 0 and var tab)
        {
            var place = new SourcePosition(path, tab + 1, lines[tab].IndexOf('\t', StringComparison.Ordinal) + 1);
            return (place, "a tab stands in the indentation. YAML allows blanks only.");
        }

        var column = (int)error.Start.Column;
        var rest = line <= lines.Length && column <= lines[line - 1].Length ? lines[line - 1][(column - 1)..] : string.Empty;
        return (new SourcePosition(path, line, column), $"the text is not YAML: {Sentence(error.Message)}{Hint(rest)}");
    }

    private static bool IsIndentedWithTab(string line) =>
        line.AsSpan(0, line.Length - line.TrimStart().Length).Contains('\t') && line.TrimStart().Length > 0;

    private static string Hint(string rest)
    {
        var value = rest.Split(',', '}', ']', '#')[0].Trim();
        return rest switch
        {
            ['>', ..] => $" A value that begins with '>' needs quotes: \"{value}\".",
            ['@' or '`' or '%', ..] => $" A value that begins with '{rest[0]}' needs quotes: \"{value}\".",
            _ => string.Empty,
        };
    }

    private static string Sentence(string message) =>
        string.IsNullOrEmpty(message) ? message : char.ToLowerInvariant(message[0]) + message[1..];
}

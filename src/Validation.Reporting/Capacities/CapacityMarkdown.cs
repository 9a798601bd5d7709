using System.Text;
using Validation.Core.Capacity;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Capacities;

/// <summary>The report of a capacity for pull requests: GitHub-flavoured Markdown.</summary>
public static class CapacityMarkdown
{
    /// <summary>Writes the report.</summary>
    /// <param name="result">The result.</param>
    public static string Write(CapacityResult result)
    {
        var text = new StringBuilder();
        text.Append($"# {Wording.Sign(result.Verdict)} Capacity of {result.Scenario}\n\n**{Plain(result.Statement)}**\n\n");
        if (result.Bottleneck is { } bottleneck)
        {
            text.Append($"Limited by {Plain(CapacityWording.Describe(bottleneck))}\n\n");
        }

        text.Append($"{Plain(result.Scalability.Statement)}\n\n");
        text.Append($"Measured: **{Plain(result.Spire)}** in environment {result.Environment}, seed {Wording.Number(result.Seed).Replace(",", string.Empty, StringComparison.Ordinal)}. {CapacityWording.Note(result)}\n\n");
        text.Append($"Objectives: {Plain(string.Join(", ", result.Objectives))}. {CapacityWording.FaultsNote}");
        text.Append(result.LeftOut.Count > 0 ? $" Not judged: {Plain(string.Join(", ", result.LeftOut))}.\n\n" : "\n\n");
        Row(text, CapacityWording.Columns.Select(column => column.TrimStart('#')));
        Row(text, CapacityWording.Columns.Select(column => column.StartsWith('#') ? "---:" : "---"));
        foreach (var level in result.Levels)
        {
            Row(text, CapacityWording.Cells(level).Select(cell => Plain(cell).Replace("|", "\\|", StringComparison.Ordinal)));
        }

        return text.ToString();
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.Append($"| {string.Join(" | ", cells)} |\n");

    private static string Plain(string text) => Wording.Printable(text).Replace('\n', ' ').Replace("<", "&lt;", StringComparison.Ordinal);
}

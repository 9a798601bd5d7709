namespace Validation.TestKit.Recordings;

/// <summary>A place where what we say differs from what was recorded.</summary>
/// <param name="Call">The call: <c>01/8</c>.</param>
/// <param name="Place">The field, or what of the status.</param>
/// <param name="Recorded">What was said then.</param>
/// <param name="Ours">What ours says.</param>
public sealed record Difference(string Call, string Place, string Recorded, string Ours)
{
    private const string FileName = "Differences.md";
    private const int Columns = 5;

    /// <summary>Gets the differences that are known, with a reason each.</summary>
    public static IReadOnlyList<Difference> Known =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, FileName)).Where(IsRow).Select(Parse)];

    /// <summary>Returns the difference as a row for the file.</summary>
    public override string ToString() => $"| {Call} | {Place} | {Recorded.Replace("|", "\\|", StringComparison.Ordinal)} | {Ours.Replace("|", "\\|", StringComparison.Ordinal)} | why |";

    private static bool IsRow(string line) => line.StartsWith("| ", StringComparison.Ordinal) && char.IsAsciiDigit(line[2]);

    private static Difference Parse(string row)
    {
        var cells = row.Trim('|', ' ').Split(" | ").Select(cell => cell.Trim().Replace("\\|", "|", StringComparison.Ordinal)).ToList();
        return cells.Count == Columns && cells[^1].Length > 0
            ? new Difference(cells[0], cells[1], cells[2], cells[3])
            : throw new FormatException($"A row has {Columns} cells, the last of which says why: {row}");
    }
}

using System.Globalization;
using Spectre.Console;
using Validation.Core;

namespace Validation.Cli.Benching;

/// <summary>Where figures go: the screen, <c>reports/bench/NAME.json</c>, and a table that grows, <c>reports/bench/bench.md</c>.</summary>
internal sealed class BenchFolder
{
    private static readonly string[] Columns = ["when", "bench", "what", "ours", "beside", "ratio", "needed", "machine"];

    private readonly CliHost _host;
    private readonly string _machine;

    /// <summary>Creates the folder when there is none.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="machine">The machine that the figures are of.</param>
    public BenchFolder(CliHost host, string machine)
    {
        (_host, _machine) = (host, machine);
        Folder = host.Home.CreateSubdirectory(Path.Combine("reports", "bench"));
    }

    /// <summary>Gets the folder.</summary>
    public DirectoryInfo Folder { get; }

    /// <summary>Writes what a bench found, and prints its figures.</summary>
    /// <typeparam name="T">What it found.</typeparam>
    /// <param name="bench">Its name.</param>
    /// <param name="result">Everything.</param>
    /// <param name="rows">The figures to remember.</param>
    public void Write<T>(string bench, T result, params BenchRow[] rows)
    {
        var file = new FileInfo(Path.Combine(Folder.FullName, $"{bench}.json"));
        HarnessJson.Write(file, result);
        Remember(bench, rows);

        var table = new Table().Border(TableBorder.None);
        foreach (var column in Columns[2..^1])
        {
            table.AddColumn(column);
        }

        foreach (var row in rows)
        {
            table.AddRow(Markup.Escape(row.What), row.Ours, row.Beside, row.Ratio, row.Needed);
        }

        _host.Console.Write(table);
        _host.Console.WriteLine($"Written to {Path.GetRelativePath(_host.Home.FullName, file.FullName)} and bench.md beside it.");
    }

    private void Remember(string bench, IEnumerable<BenchRow> rows)
    {
        var table = Path.Combine(Folder.FullName, "bench.md");
        if (!File.Exists(table))
        {
            File.WriteAllLines(table, [Line(Columns), Line(Columns.Select(_ => "---"))]);
        }

        var when = _host.Time.GetUtcNow().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        File.AppendAllLines(table, rows.Select(row => Line([when, bench, row.What, row.Ours, row.Beside, row.Ratio, row.Needed, _machine])));
    }

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";
}

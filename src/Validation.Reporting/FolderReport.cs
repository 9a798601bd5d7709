using System.Globalization;
using Spectre.Console;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Reporting.Digest;
using Validation.Reporting.Terminal;

namespace Validation.Reporting;

/// <summary>The summary that ends the runs of a folder of scenarios: one row for each run, and one for each kind of fault, as tables of Markdown.</summary>
public static class FolderReport
{
    private static readonly string[] RunColumns = ["", "verdict", "scenario", "what it says", "report"];

    private static readonly string[] FaultColumns =
        ["fault", "proven", "healed", "late p50 / p99", "in force after p50 / p99", "ended late p50 / p99", "over after p50 / p99"];

    /// <summary>Writes the summary.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="folder">The folder, as the user named it.</param>
    /// <param name="scenarios">How many scenarios of it the environment can run.</param>
    /// <param name="leftOut">The names of the others.</param>
    /// <param name="runs">The runs, in their order; fewer than scenarios when they were interrupted.</param>
    public static void Write(IAnsiConsole console, string folder, int scenarios, IReadOnlyList<string> leftOut, IReadOnlyList<JudgedRun> runs)
    {
        var passed = runs.Count(run => run.Result.Verdict == Verdict.Pass);
        console.Write(new Line());
        console.Write(new Line().Add($"{folder}: {Number(passed)} of {Number(scenarios)} scenarios passed{LeftOut(leftOut)}", Styles.Strong));
        console.Write(new Line());
        Table(console, RunColumns, runs.Select(RowOf));
        console.Write(new Line());
        Table(console, FaultColumns, FaultTally.Of(runs.SelectMany(RecordingsOf)).Select(RowOf));
        console.Write(new Line());
        console.Write(new Line().Add(LeftBehind([.. runs.SelectMany(RecordingsOf)])));
    }

    private static string LeftOut(IReadOnlyList<string> names) => names.Count == 0 ? string.Empty : $"; left out, because they cannot run there: {string.Join(", ", names)}";

    private static string LeftBehind(RunRecording[] recordings)
    {
        var compared = recordings.Select(recording => recording.Facts<WorldCompared>().Select(seen => seen.Fact).LastOrDefault()).OfType<WorldCompared>().ToArray();
        var left = compared.Where(one => !one.IsClean).SelectMany(one => one.Differences.Select(difference => difference.Thing).Concat(one.Unread)).ToArray();
        return $"Left behind: {(left.Length == 0 ? "nothing" : string.Join(", ", left))}; compared before and after {Number(compared.Length)} of {Number(recordings.Length)} runs.";
    }

    private static string[] RowOf(JudgedRun run) =>
    [
        Wording.Sign(run.Result.Verdict),
        run.Result.Verdict.Word(),
        run.Recording.Plan.Scenario,
        run.Result.Statement,
        $"{run.Directory.TrimEnd('/')}/report.html",
    ];

    private static string[] RowOf(FaultTally tally) =>
    [
        tally.Kind,
        $"{Number(tally.Proven)} of {Number(tally.Planned)}",
        $"{Number(tally.Healed)} of {Number(tally.Proven)}",
        Spread(tally.Late),
        Spread(tally.Biting),
        Spread(tally.Overdue),
        Spread(tally.Healing),
    ];

    private static IEnumerable<RunRecording> RecordingsOf(JudgedRun run) =>
        run.Repetitions.Count > 0 ? run.Repetitions.Select(repetition => repetition.Recording) : [run.Recording];

    private static string Spread(IReadOnlyList<TimeSpan> sorted) =>
        FaultTally.Quantile(sorted, 0.5) is { } median ? $"{Duration.Format(Rounded(median))} / {Duration.Format(Rounded(FaultTally.Quantile(sorted, 0.99)!.Value))}" : "–";

    // A timer may be a millisecond early.
    private static TimeSpan Rounded(TimeSpan time) => TimeSpan.FromMilliseconds(Math.Max(0, Math.Round(time.TotalMilliseconds)));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Table(IAnsiConsole console, string[] columns, IEnumerable<string[]> rows)
    {
        var all = rows.Prepend(columns).ToArray();
        var widths = columns.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all.Take(1).Append([.. widths.Select(width => new string('-', Math.Max(3, width)))]).Concat(all.Skip(1)))
        {
            console.Write(new Line().Add($"| {string.Join(" | ", row.Select((cell, column) => cell.PadRight(widths[column])))} |"));
        }
    }
}

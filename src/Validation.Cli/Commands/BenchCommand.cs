using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Validation.Core;
using Validation.Load.Benching;

namespace Validation.Cli.Commands;

/// <summary><c>bench</c>: measures the harness itself.</summary>
internal static class BenchCommand
{
    private const string Pacing = "pacing";
    private const string Judging = "judging";
    private const int Operations = 10_000_000;
    private static readonly int[] Rates = [1_000, 5_000, 10_000, 20_000];

    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var what = new Argument<string[]>("what") { Description = "What to measure; everything when nothing is named.", DefaultValueFactory = _ => [Pacing, Judging] };
        what.AcceptOnlyFromAmong(Pacing, Judging);
        var seconds = new Option<int>("--seconds") { Description = "How long each rate of pacing is measured.", DefaultValueFactory = _ => 10 };
        seconds.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 600))
            {
                result.AddError($"--seconds is '{token.Value}'; allowed is a whole number from 1 to 600.");
            }
        });
        var command = new Command(
            "bench",
            "Measures the harness itself; figures are written to reports/bench/.\n\n"
            + "pacing   how late operations are fired at 1,000 to 20,000 a second, beside a bare loop that only sleeps\n"
            + "judging  how long it takes to read and judge a recording of ten million operations")
        {
            what, seconds,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var chosen = parsed.GetValue(what)!;
            if (chosen.Contains(Pacing))
            {
                await PaceAsync(host, TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellationToken);
            }

            if (chosen.Contains(Judging))
            {
                await JudgeAsync(host);
            }

            return (int)ExitCode.Pass;
        });
        return command;
    }

    private static async Task PaceAsync(CliHost host, TimeSpan length, CancellationToken cancellationToken)
    {
        var bench = new PacingBench(host.Time);

        // Before anything is written down the code is compiled.
        await bench.MeasureAsync(new Rate(Rates[^1]), TimeSpan.FromSeconds(1), cancellationToken);
        var results = new List<PacingResult>();
        foreach (var rate in Rates)
        {
            results.Add(await bench.MeasureAsync(new Rate(rate), length, cancellationToken));
        }

        var table = new Table().Border(TableBorder.None).AddColumn("rate");
        foreach (var column in new[] { "bare p50", "p99", "largest", "ours p50", "p99", "largest", "p99 ratio", "within 1 ms", "processor", "allocated" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var result in results)
        {
            table.AddRow(
                new Rate(result.PerSecond).ToString(),
                Duration.Format(result.Bare.Median),
                Duration.Format(result.Bare.P99),
                Duration.Format(result.Bare.Largest),
                Duration.Format(result.Generator.Median),
                Duration.Format(result.Generator.P99),
                Duration.Format(result.Generator.Largest),
                Text($"{result.P99Ratio:0.0}"),
                Text($"{result.WithinOneMillisecond:0.00%}"),
                Text($"{result.ProcessorMicroseconds:0.0}us"),
                Text($"{result.AllocatedBytes:0} B"));
        }

        host.Console.Write(table);
        Write(host, Pacing, results);
    }

    private static async Task JudgeAsync(CliHost host)
    {
        var folder = Folder(host).CreateSubdirectory($"judging-{Environment.ProcessId}");
        var result = await new JudgeBench(host.Time).MeasureAsync(Operations, folder);
        host.Console.WriteLine(Text(
            $"{result.Operations:#,0} operations: written in {Duration.Format(result.Written)}, read in {Duration.Format(result.Read)}, {result.Findings} findings judged in {Duration.Format(result.Judged)}"));
        Write(host, Judging, result);
    }

    private static DirectoryInfo Folder(CliHost host) => host.Home.CreateSubdirectory(Path.Combine("reports", "bench"));

    private static void Write<T>(CliHost host, string what, T result)
    {
        var file = new FileInfo(Path.Combine(Folder(host).FullName, $"{what}-{host.Time.GetUtcNow():yyyyMMdd-HHmmss}.json"));
        HarnessJson.Write(file, result);
        host.Console.WriteLine($"Written to {Path.GetRelativePath(host.Home.FullName, file.FullName)}.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

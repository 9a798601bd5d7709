using Spectre.Console;
using Validation.Core;
using Validation.Load.Benching;

namespace Validation.Cli.Benching;

/// <summary><c>bench pacing</c>.</summary>
internal static class PacingRun
{
    private static readonly int[] Rates = [1_000, 5_000, 10_000, 20_000];
    private static readonly string[] Columns = ["bare p50", "p99", "largest", "ours p50", "p99", "largest", "within 1 ms", "processor", "allocated"];

    /// <summary>Measures and writes.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="folder">Where figures go.</param>
    /// <param name="length">How long each rate is measured.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task RunAsync(CliHost host, BenchFolder folder, TimeSpan length, CancellationToken cancellationToken)
    {
        var bench = new PacingBench(host.Time);

        // Before anything is written down the code is compiled.
        await bench.MeasureAsync(new Rate(Rates[^1]), TimeSpan.FromSeconds(1), cancellationToken);
        var results = new List<PacingResult>();
        foreach (var rate in Rates)
        {
            results.Add(await bench.MeasureAsync(new Rate(rate), length, cancellationToken));
        }

        host.Console.Write(TableOf(results));
        folder.Write("pacing", results, [.. results.Select(RowOf)]);
    }

    private static BenchRow RowOf(PacingResult result) => BenchRow.WithRatio(
        $"lateness at {new Rate(result.PerSecond)}, p99",
        $"{Duration.Format(result.Generator.P99)}, {result.WithinOneMillisecond:0.00%} within 1 ms",
        $"a loop that sleeps {Duration.Format(result.Bare.P99)}",
        result.P99Ratio);

    private static Table TableOf(IEnumerable<PacingResult> results)
    {
        var table = new Table().Border(TableBorder.None).AddColumn("rate");
        foreach (var column in Columns)
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
                FormattableString.Invariant($"{result.WithinOneMillisecond:0.00%}"),
                FormattableString.Invariant($"{result.ProcessorMicroseconds:0.0}us"),
                FormattableString.Invariant($"{result.AllocatedBytes:0} B"));
        }

        return table;
    }
}

using Validation.Core;
using Validation.Load;
using Validation.Load.SelfWatching;
using Validation.Spire.Benching;

namespace Validation.Cli.Benching;

/// <summary><c>bench soak</c>.</summary>
internal static class SoakRun
{
    private const double MostGrowth = 1.03;

    private static readonly Rate Rate = new(5_000);

    /// <summary>Measures and writes.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="folder">Where figures go.</param>
    /// <param name="length">How long calls are made.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task RunAsync(CliHost host, BenchFolder folder, TimeSpan length, CancellationToken cancellationToken)
    {
        await using var stack = await BenchStack.StartAsync(BenchCommands.Server, BenchCommands.UsualLife, host.Time, cancellationToken);
        var bench = new SoakBench(stack, new OpenLoopGenerator(host.Time), new SelfWatch(host.Time), host.Time);
        var result = await bench.MeasureAsync(Rate, length, folder.Folder.CreateSubdirectory($"soak-{Environment.ProcessId}"), cancellationToken);
        folder.Write(
            "soak",
            result,
            BenchRow.WithRatio(
                FormattableString.Invariant($"resident memory at {Rate} for {length.TotalMinutes:0} min, last third"),
                $"{result.BytesAfter / 1e6:0.0} MB",
                $"second third {result.BytesBefore / 1e6:0.0} MB",
                result.Growth,
                MostGrowth),
            new BenchRow(
                FormattableString.Invariant($"failed of {result.Calls:#,0} calls"),
                FormattableString.Invariant($"{result.Failed:#,0}"),
                Needed: BenchRow.AtMost("0", result.Failed == 0)));
    }
}

using Validation.Load;
using Validation.Spire.Benching;

namespace Validation.Cli.Benching;

/// <summary><c>bench living</c>.</summary>
internal static class LivingRun
{
    /// <summary>Measures and writes.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="folder">Where figures go.</param>
    /// <param name="agents">How many agents.</param>
    /// <param name="syncInterval">The time between two syncs of one agent.</param>
    /// <param name="length">How long all of them live. Each renews its SVID within it.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task RunAsync(
        CliHost host, BenchFolder folder, int agents, TimeSpan syncInterval, TimeSpan length, CancellationToken cancellationToken)
    {
        await using var stack = await BenchStack.StartAsync(BenchCommands.Server, length, host.Time, cancellationToken);
        var bench = new AgentsBench(stack, new OpenLoopGenerator(host.Time), host.Time);
        var recording = folder.Folder.CreateSubdirectory($"living-{Environment.ProcessId}");
        var result = await bench.LiveAsync(agents, syncInterval, length, recording, cancellationToken);
        foreach (var trouble in result.Troubles)
        {
            await host.Errors.WriteLineAsync(trouble);
        }

        folder.Write(
            "living",
            result,
            [
                new BenchRow(
                    FormattableString.Invariant($"resident memory of each of {agents:#,0} virtual agents, syncing every {syncInterval.TotalSeconds:0} s for {length.TotalMinutes:0} min"),
                    FormattableString.Invariant($"{result.BytesEach / 1000:0.0} KB at most"),
                    Needed: BenchRow.AtMostOfAnAgent(result.BytesEach)),
                .. result.Operations.Select(Failures),
            ]);
    }

    private static BenchRow Failures(LivingOperations operations) => new(
        FormattableString.Invariant($"failed of {operations.Count:#,0} operations {operations.Name}"),
        FormattableString.Invariant($"{operations.Failures.Values.Sum():#,0}"),
        string.Join(", ", operations.Failures.Select(failure => FormattableString.Invariant($"{failure.Value:#,0} {failure.Key}"))),
        Needed: BenchRow.AtMost("0", operations.Failures.Count == 0));
}

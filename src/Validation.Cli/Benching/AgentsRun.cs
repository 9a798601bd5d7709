using Validation.Load;
using Validation.Spire.Benching;

namespace Validation.Cli.Benching;

/// <summary><c>bench agents</c>.</summary>
internal static class AgentsRun
{
    /// <summary>Measures and writes.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="folder">Where figures go.</param>
    /// <param name="agents">How many agents.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task RunAsync(CliHost host, BenchFolder folder, int agents, CancellationToken cancellationToken)
    {
        await using var stack = await BenchStack.StartAsync(BenchCommands.Server, BenchCommands.UsualLife, host.Time, cancellationToken);
        var bench = new AgentsBench(stack, new OpenLoopGenerator(host.Time), host.Time);
        var recording = folder.Folder.CreateSubdirectory($"agents-{Environment.ProcessId}");
        var result = await bench.MeasureAsync(agents, recording, cancellationToken);
        foreach (var failure in result.Failures)
        {
            await host.Errors.WriteLineAsync(failure);
        }

        folder.Write("agents", result, new BenchRow(
            FormattableString.Invariant($"resident memory of each of {agents:#,0} idle virtual agents"),
            FormattableString.Invariant($"{result.BytesEach / 1000:0.0} KB, {result.BytesEachCollected / 1000:0.0} KB without garbage"),
            Needed: BenchRow.AtMostOfAnAgent(result.BytesEach)));
    }
}

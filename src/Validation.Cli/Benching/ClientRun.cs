using Validation.Spire.Benching;

namespace Validation.Cli.Benching;

/// <summary><c>bench client</c>.</summary>
internal static class ClientRun
{
    private const int Rounds = 5;
    private const int Calls = 200_000;
    private const double MostInClear = 2.5;
    private const double MostOverTls = 2;

    /// <summary>Measures and writes.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="folder">Where figures go.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task RunAsync(CliHost host, BenchFolder folder, CancellationToken cancellationToken)
    {
        await using var stack = await BenchStack.StartAsync(BenchCommands.Server, BenchCommands.UsualLife, host.Time, cancellationToken);
        var bench = new ClientBench(stack, host.Time);
        ClientResult[] results =
        [
            await bench.MeasureAsync(secure: false, Calls, Rounds, cancellationToken),
            await bench.MeasureAsync(secure: true, Calls, Rounds, cancellationToken),
        ];
        folder.Write("client", results, [.. results.SelectMany(RowsOf)]);
    }

    private static IEnumerable<BenchRow> RowsOf(ClientResult result)
    {
        var (way, most) = result.Secure ? ("TLS", MostOverTls) : ("h2c", MostInClear);
        yield return Row($"a call over {way}, drivers", result.Channel, result.ChannelRatio);
        yield return Row($"a call over {way}, virtual agents", result.Connection, result.ConnectionRatio);

        BenchRow Row(string what, CallCost ours, double ratio) => BenchRow.WithRatio(
            what, $"{ours.Microseconds:0.0} us, {ours.AllocatedBytes:0} B", $"h2load {result.H2LoadMicroseconds:0.0} us", ratio, most);
    }
}

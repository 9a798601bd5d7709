using Validation.Spire.Benching;

namespace Validation.Cli.Benching;

/// <summary><c>bench attest</c>.</summary>
internal static class AttestRun
{
    private const int Rounds = 3;
    private const int Attestations = 1_000;

    /// <summary>Measures and writes.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="folder">Where figures go.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task RunAsync(CliHost host, BenchFolder folder, CancellationToken cancellationToken)
    {
        await using var stack = await BenchStack.StartAsync(BenchCommands.Server, BenchCommands.UsualLife, host.Time, cancellationToken);
        var result = await new AttestBench(stack, host.Time).MeasureAsync(Attestations, Rounds, cancellationToken);
        folder.Write("attest", result, BenchRow.WithRatio(
            "attestations a processor makes in a second",
            $"{result.PerProcessorSecond:0}",
            $"openssl, a handshake and three operations each: {result.BarePerProcessorSecond:0}",
            result.Ratio));
    }
}

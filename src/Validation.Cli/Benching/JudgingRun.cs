using Validation.Core;
using Validation.Load.Benching;

namespace Validation.Cli.Benching;

/// <summary><c>bench judging</c>.</summary>
internal static class JudgingRun
{
    private const int Operations = 10_000_000;

    /// <summary>Measures and writes.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="folder">Where figures go.</param>
    public static async Task RunAsync(CliHost host, BenchFolder folder)
    {
        var recording = folder.Folder.CreateSubdirectory($"judging-{Environment.ProcessId}");
        var result = await new JudgeBench(host.Time).MeasureAsync(Operations, recording);
        folder.Write("judging", result, new BenchRow(
            FormattableString.Invariant($"reading and judging {result.Operations:#,0} operations"),
            $"written in {Duration.Format(result.Written)}, read in {Duration.Format(result.Read)}, {result.Findings} findings judged in {Duration.Format(result.Judged)}"));
    }
}

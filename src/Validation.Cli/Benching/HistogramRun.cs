using Validation.Load.Benching;

namespace Validation.Cli.Benching;

/// <summary><c>bench histogram</c>.</summary>
internal static class HistogramRun
{
    private const int Rounds = 9;

    /// <summary>Measures and writes.</summary>
    /// <param name="folder">Where figures go.</param>
    public static void Run(BenchFolder folder)
    {
        var result = new HistogramBench().Measure(Rounds);
        var typical = result.Typical;
        folder.Write(
            "histogram",
            result,
            BenchRow.WithRatio("counting a latency", $"{typical.RecordNs:0.0} ns", $"an increment {typical.IncrementNs:0.0} ns", result.RecordRatio),
            BenchRow.WithRatio("merging two histograms", $"{typical.MergeNs / 1000:0.0} us", $"adding two arrays {typical.AddNs / 1000:0.0} us", result.MergeRatio));
    }
}

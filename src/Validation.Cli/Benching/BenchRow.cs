namespace Validation.Cli.Benching;

/// <summary>One figure of a bench.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Ours">The harness' figure, with its unit.</param>
/// <param name="Beside">What it was measured beside, with its figure.</param>
/// <param name="Ratio">Ours divided by the other; empty when there is no other.</param>
/// <param name="Needed">What is needed, and whether it was met; empty when nothing is.</param>
internal sealed record BenchRow(string What, string Ours, string Beside = "", string Ratio = "", string Needed = "")
{
    /// <summary>Makes a row with a ratio.</summary>
    /// <param name="what">What was measured.</param>
    /// <param name="ours">The harness' figure, with its unit.</param>
    /// <param name="beside">What it was measured beside, with its figure.</param>
    /// <param name="ratio">Ours divided by the other.</param>
    /// <param name="most">The largest ratio that is good enough; null when none was agreed on.</param>
    public static BenchRow WithRatio(string what, FormattableString ours, FormattableString beside, double ratio, double? most = null) => new(
        what,
        FormattableString.Invariant(ours),
        FormattableString.Invariant(beside),
        FormattableString.Invariant($"{ratio:0.00}"),
        most is { } limit ? AtMost(limit.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture), ratio <= limit) : string.Empty);

    /// <summary>Returns what is needed of a virtual agent's resident memory, 90 KB, and whether it was met.</summary>
    /// <param name="bytesEach">The bytes of one agent.</param>
    public static string AtMostOfAnAgent(double bytesEach) => AtMost("90 KB", bytesEach <= 90_000);

    /// <summary>Returns how a limit and whether it was met are written.</summary>
    /// <param name="limit">The limit, with its unit.</param>
    /// <param name="isMet">Whether it was met.</param>
    public static string AtMost(string limit, bool isMet) => $"≤ {limit}: {(isMet ? "met" : "missed")}";
}

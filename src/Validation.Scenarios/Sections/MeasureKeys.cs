using System.Globalization;
using System.Text.RegularExpressions;
using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;

namespace Validation.Scenarios.Sections;

/// <summary>The keys that say what an objective measures, and the format of their limits.</summary>
internal static partial class MeasureKeys
{
    private static readonly string[] Operators = ["<=", ">=", "==", "≤", "≥", "<", ">", "="];

    private static readonly Dictionary<string, Measure> Words = new()
    {
        ["availability"] = new Measure(MeasureKind.Availability),
        ["time-to-recover"] = new Measure(MeasureKind.TimeToRecover),
        ["longest-outage"] = new Measure(MeasureKind.LongestOutage),
        ["balance"] = new Measure(MeasureKind.Balance),
    };

    /// <summary>Gets the keys by which an objective can be meant, for messages; there are more percentiles.</summary>
    public static IReadOnlyList<string> Usual { get; } = ["p50", "p95", "p99", "p99.9", .. Words.Keys];

    /// <summary>Returns whether a key looks like a measure, allowed or not.</summary>
    /// <param name="key">The key.</param>
    public static bool IsMeasure(string key) => Words.ContainsKey(key) || PercentilePattern().IsMatch(key);

    /// <summary>Returns the measure that a key means; null for a percentile that does not exist.</summary>
    /// <param name="key">A key for which <see cref="IsMeasure"/> holds.</param>
    public static Measure? Find(string key)
    {
        if (Words.TryGetValue(key, out var measure))
        {
            return measure;
        }

        var percentile = double.Parse(key.AsSpan(1), CultureInfo.InvariantCulture);
        return percentile is > 0 and <= 100 ? new Measure(MeasureKind.Latency, percentile) : null;
    }

    /// <summary>Returns the format of a measure's limit: a value with its unit, after the operator if there is one.</summary>
    /// <param name="measure">The measure.</param>
    public static ValueFormat<double?> LimitOf(Measure measure)
    {
        var value = measure.Kind switch
        {
            MeasureKind.Availability => Formats.Share,
            MeasureKind.Balance => Formats.Multiple,
            MeasureKind.Latency => Seconds(Formats.Length(usualUnit: "ms")),
            _ => Seconds(Formats.Length()),
        };
        return new ValueFormat<double?>(value.Allowed, text => OperatorProblem(measure, text) is null ? value.Read(Bare(text)) : null)
        {
            Explain = text => OperatorProblem(measure, text) ?? value.Explain(Bare(text)),
        };
    }

    private static ValueFormat<double?> Seconds(ValueFormat<TimeSpan?> length) =>
        new(length.Allowed, text => length.Read(text)?.TotalSeconds) { Explain = length.Explain };

    private static string? OperatorProblem(Measure measure, string text)
    {
        var (sign, meaning) = measure.AtLeast ? (">=", "at least") : ("<=", "at most");
        if (Operators.Any(text.TrimEnd().EndsWith))
        {
            return $"has its operator on the wrong side. Write '{sign} {Bare(text)}' or just '{Bare(text)}'.";
        }

        var written = Operators.FirstOrDefault(text.TrimStart().StartsWith);
        return written is null || written == sign || written == (measure.AtLeast ? "≥" : "≤")
            ? null
            : $"has the wrong operator: {measure.Name} means {meaning}, and the limit itself passes. Write '{sign} {Bare(text)}' or just '{Bare(text)}'.";
    }

    private static string Bare(string text) => text.Trim().Trim('<', '>', '=', '≤', '≥').Trim();

    [GeneratedRegex("^p[0-9]+([.][0-9]+)?$")]
    private static partial Regex PercentilePattern();
}

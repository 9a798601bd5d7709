using System.Globalization;
using System.Text;
using System.Xml;
using Validation.Core;
using Validation.Core.Judging;

namespace Validation.Reporting.Digest;

/// <summary>How all reports write times, shares, windows and verdicts, so that they can be compared with each other.</summary>
internal static class Wording
{
    /// <summary>Returns a moment of the run as <c>1:02.3</c>: minutes, seconds, tenths since the run began.</summary>
    /// <param name="at">Time since the run began.</param>
    public static string Moment(TimeSpan at)
    {
        var tenths = (long)Math.Round(at.TotalSeconds * 10);
        return string.Create(CultureInfo.InvariantCulture, $"{tenths / 600}:{tenths / 10 % 60:00}.{tenths % 10}");
    }

    /// <summary>Returns an interval of the run as <c>0:26.0–0:38.0</c>.</summary>
    /// <param name="from">Its start.</param>
    /// <param name="to">Its end.</param>
    public static string Interval(TimeSpan from, TimeSpan to) => $"{Moment(from)}–{Moment(to)}";

    /// <summary>Returns a window as <c>baseline 0:26.0–0:38.0</c>; empty for none.</summary>
    /// <param name="window">The window.</param>
    public static string Describe(Window? window) => window is null ? string.Empty : $"{window.Name} {Interval(window.From, window.To)}";

    /// <summary>Returns a share as a percentage that never rounds a failure away: only 1 is <c>100 %</c>.</summary>
    /// <param name="share">Between 0 and 1.</param>
    public static string Percent(double share)
    {
        var shown = Math.Floor((share * 10_000) + 1e-6) / 100;
        return shown.ToString(share >= 1 ? "0" : "0.00", CultureInfo.InvariantCulture) + " %";
    }

    /// <summary>Returns a latency, or a dash when nothing succeeded.</summary>
    /// <param name="statistics">The numbers it belongs to.</param>
    /// <param name="latency">The latency.</param>
    public static string Latency(LoadStatistics statistics, TimeSpan latency) => statistics.Succeeded == 0 ? "–" : Duration.Format(latency);

    /// <summary>Returns the share of operations that succeeded, or a dash when none was planned.</summary>
    /// <param name="statistics">The numbers.</param>
    public static string Availability(LoadStatistics statistics) => statistics.Planned == 0 ? "–" : Percent(statistics.Availability);

    /// <summary>Returns names and values as <c>for 5s, target pooler</c>.</summary>
    /// <param name="pairs">The names and values.</param>
    public static string Pairs(IEnumerable<KeyValuePair<string, string>> pairs) =>
        string.Join(", ", pairs.Select(pair => $"{pair.Key} {pair.Value}"));

    /// <summary>Returns the wall-clock time at which a run began.</summary>
    /// <param name="run">The run.</param>
    public static string Start(JudgedRun run) =>
        run.StartedAt?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) ?? "not recorded";

    /// <summary>Returns a whole number with its thousands apart.</summary>
    /// <param name="number">The number.</param>
    public static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Returns failures by class as <c>timed-out 3, unavailable 1</c>; empty when there are none.</summary>
    /// <param name="failures">The counts by class.</param>
    public static string Failures(IReadOnlyDictionary<string, int> failures) =>
        string.Join(", ", failures.OrderByDescending(failure => failure.Value).ThenBy(failure => failure.Key, StringComparer.Ordinal)
            .Select(failure => $"{failure.Key} {Number(failure.Value)}"));

    /// <summary>Returns the sign that stands beside a verdict's word.</summary>
    /// <param name="verdict">The verdict.</param>
    public static string Sign(Verdict verdict) => verdict switch { Verdict.Pass => "✓", Verdict.Fail => "✗", _ => "?" };

    /// <summary>Says what the brackets behind measured values are.</summary>
    public const string IntervalNote =
        "In brackets: between what the value may lie, each bound with 95 % confidence. An objective passes, or fails, only when all of that is on one side of its limit.";

    /// <summary>Returns the measured value with its interval as <c>412ms (380ms to 450ms)</c>; empty when nothing was measured.</summary>
    /// <param name="finding">The finding.</param>
    public static string Measured(Finding finding) =>
        finding is { Measured: { } measured, Interval: { } interval } ? $"{measured} ({interval.Text})" : finding.Measured ?? string.Empty;

    /// <summary>Returns how many samples there were, and how many independent ones they are worth when those are fewer.</summary>
    /// <param name="finding">The finding.</param>
    public static string Samples(Finding finding) => finding switch
    {
        { Samples: null } => string.Empty,
        { Samples: { } samples, Interval: { } interval } when interval.Effective < samples - 0.5 =>
            $"{Number(samples)} (worth {Number((long)interval.Effective)})",
        _ => Number(finding.Samples.Value),
    };

    /// <summary>Returns what was measured and allowed as <c>412ms (380ms to 450ms), limit ≤ 250ms, 75 samples, baseline 0:26.0–0:38.0</c>.</summary>
    /// <param name="finding">The finding.</param>
    public static string Evidence(Finding finding) => string.Join(", ", new[]
    {
        Measured(finding),
        finding.Limit is null ? null : $"limit {finding.Limit}",
        finding.Samples is null ? null : $"{Samples(finding)} samples",
        finding.Window is null ? null : Describe(finding.Window),
        finding.Repetitions is null ? null : $"in turn {string.Join(", ", finding.Repetitions)}",
    }.Where(part => !string.IsNullOrEmpty(part)));

    /// <summary>Returns a text in which every character that XML and terminals cannot take is replaced by <c>�</c>.</summary>
    /// <param name="text">Any text, for example what a server answered.</param>
    public static string Printable(string text)
    {
        var unix = text.ReplaceLineEndings("\n");
        if (unix.All(IsPlain))
        {
            return unix;
        }

        var clean = new StringBuilder(unix.Length);
        foreach (var rune in unix.EnumerateRunes())
        {
            // An unpaired half of a character is enumerated as U+FFFD already.
            clean.Append(rune.IsBmp && !IsPlain((char)rune.Value) ? "\uFFFD" : rune.ToString());
        }

        return clean.ToString();
    }

    private static bool IsPlain(char letter) =>
        letter is '\n' or '\t' || (XmlConvert.IsXmlChar(letter) && !char.IsControl(letter));
}

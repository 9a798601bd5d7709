using System.Globalization;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Core.Judging;

/// <summary>Judges whether the harness got what it needs. Where it did not, a run is inconclusive, with a reason and a remedy.</summary>
internal static class HealthJudge
{
    /// <summary>The part of its processors from which on a process has no reserve.</summary>
    public const double NearlyAll = 0.9;

    private static readonly Rule[] Rules =
    [
        // The same share as of operations that may be late: beyond it, a p99 is the harness' own.
        new(
            "scheduling",
            0.01,
            process => process.LateWakes,
            process => $"a sleeping thread was woken more than {Duration.Format(Delays.LateAfter)} late, by {Duration.Format(process.LargestWake)} at the most",
            "The machine has too much to do, or stood still: give it more processors, or move the load to machines of its own with --workers."),
        new(
            "thread pool",
            0.01,
            process => process.LateHandOvers,
            process => $"the thread pool began its work more than {Duration.Format(Delays.LateAfter)} late, by {Duration.Format(process.LargestHandOver)} at the most",
            "Lower the arrivals, or share them between processes with --workers."),
        new(
            "processors",
            0.1,
            process => process.Saturated,
            process => Invariant($"it kept {process.ProcessorsUsed:0.0} of its {process.ProcessorsAllowed:0.0} processors busy in the mean, and had no reserve"),
            "Lower the arrivals, give it more processors, or use more --workers."),
        new(
            "throttling",
            0.05,
            process => process.Throttled,
            _ => "its control group was held back, counted in scheduling periods",
            "Raise the processor limit of the control group or the pod, or take it away."),
        new(
            "garbage collection",
            0.02,
            process => process.LongPaused,
            process => Invariant($"long garbage collections stopped it (all of them: {process.Paused:0.00%})"),
            "Lower the arrivals or the number of virtual agents, or give it more memory and processors."),
        new(
            "sockets",
            NearlyAll,
            process => process.SocketsUsed,
            process => Invariant($"of its files, sockets or ports were in use ({process.OpenFiles} open)"),
            "Raise the limit of open files (ulimit -n) and net.ipv4.ip_local_port_range, or use more --workers."),
    ];

    /// <summary>Judges all processes of the harness; nothing when the recording is of a harness that did not watch itself.</summary>
    /// <param name="recording">The recording.</param>
    public static IEnumerable<Finding> Judge(RunRecording recording)
    {
        var processes = HealthSummary.Of(recording);
        return processes.Count > 0
            ? Rules.Select(rule => Judge(rule, processes.MaxBy(rule.Share)!))
            : recording.Facts<HarnessHealth>().Any() ? [NothingMeasured()] : [];
    }

    private static Finding Judge(Rule rule, HealthSummary worst)
    {
        var share = rule.Share(worst);
        return Base("harness: " + rule.Name) with
        {
            Verdict = share <= rule.Limit ? Verdict.Pass : Verdict.Inconclusive,
            Statement = Invariant($"{worst.Process}, {share:0.00%}: {rule.Describe(worst)}."),
            Measured = Invariant($"{share:0.00%}"),
            Limit = Invariant($"≤ {rule.Limit:0.##%}"),
            Hint = share <= rule.Limit ? null : rule.Remedy,
        };
    }

    private static Finding NothingMeasured() => Base("harness") with
    {
        Verdict = Verdict.Inconclusive,
        Statement = "It watched itself, but not while operations were measured.",
        Hint = "Make the phases longer than some seconds.",
    };

    private static Finding Base(string name) => new()
    {
        Kind = FindingKind.Generator,
        Name = name,
        Verdict = Verdict.Pass,
        Statement = string.Empty,
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Something that the harness needs.</summary>
    /// <param name="Name">What it is.</param>
    /// <param name="Limit">The largest share that is allowed.</param>
    /// <param name="Share">The share in which it was missing.</param>
    /// <param name="Describe">Says what the share is of, as the end of a sentence.</param>
    /// <param name="Remedy">What to do when it was missing.</param>
    private sealed record Rule(
        string Name, double Limit, Func<HealthSummary, double> Share, Func<HealthSummary, string> Describe, string Remedy);
}

using System.Globalization;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Core.Judging;

/// <summary>Judges one of several load workers: whether its whole share is accounted for, and whether its clock can be trusted.</summary>
internal static class WorkerJudge
{
    /// <summary>By how much a worker's instants may be wrong before the windows of the run mean nothing for its share.</summary>
    /// <remarks>As much as an operation may be fired late; see <see cref="Delays.LateAfter"/>. Latencies do not depend on it.</remarks>
    public static readonly TimeSpan SkewLimit = Delays.LateAfter;

    /// <summary>Judges one worker.</summary>
    /// <param name="worker">Its number, from 1.</param>
    /// <param name="recording">The recording.</param>
    public static Finding Judge(int worker, RunRecording recording)
    {
        var finding = new Finding
        {
            Kind = FindingKind.Generator,
            Name = $"worker {worker} of {recording.Plan.Workers}",
            Verdict = Verdict.Inconclusive,
            Statement = string.Empty,
            Limit = "± " + Duration.Format(SkewLimit),
        };
        var ready = recording.Facts<WorkerReady>().Select(fact => fact.Fact).LastOrDefault(fact => fact.Worker == worker);
        var lost = recording.Facts<WorkerLost>().FirstOrDefault(fact => fact.Fact.Worker == worker);
        var done = recording.Facts<WorkerDone>().Select(fact => fact.Fact).LastOrDefault(fact => fact.Worker == worker);
        if (lost.Fact is { } loss)
        {
            return finding with
            {
                Statement = $"It was lost {Duration.Format(lost.At)} into the run: {loss.Reason} {Share(done)}",
                Hint = "See its log. A lost worker makes the load smaller than the plan, so nothing that passed has been shown.",
            };
        }

        return (ready, done) switch
        {
            (null, _) => finding with { Statement = "The recording does not say that it was ever ready." },
            (_, null) => finding with { Statement = "The recording does not say what became of its share." },
            _ => JudgeShare(finding, ready, done),
        };
    }

    private static Finding JudgeShare(Finding finding, WorkerReady ready, WorkerDone done)
    {
        var measured = finding with
        {
            Samples = (int)Math.Min(int.MaxValue, done.Reported),
            Measured = done.Uncertainty is { } known ? "± " + Duration.Format(known) : null,
        };
        if (done.Missing > 0)
        {
            return measured with { Statement = $"It ended in good order and yet something is missing. {Share(done)}" };
        }

        if (done.Reported == 0)
        {
            return measured with { Statement = "Its share is empty: it fired nothing.", Hint = "Use fewer workers, higher arrivals or a longer run." };
        }

        return done.Uncertainty is { } uncertainty && uncertainty <= SkewLimit
            ? measured with
            {
                Verdict = Verdict.Pass,
                Statement = string.Create(
                    CultureInfo.InvariantCulture,
                    $"All {done.Reported} operations of its share are recorded; its instants are right to ± {Duration.Format(uncertainty)} ({ready.Host}, round trip {Duration.Format(ready.RoundTrip)})."),
            }
            : measured with
            {
                Statement = done.Uncertainty is { } tooMuch
                    ? $"Its clock cannot be trusted: its instants may be wrong by {Duration.Format(tooMuch)}."
                    : "Its clock could not be compared again after the loads, so its instants cannot be trusted.",
                Hint = "Bring the harness nearer to the workers: the uncertainty is half of the round trip, and what the clocks drift apart.",
            };
    }

    private static string Share(WorkerDone? done) => done is null
        ? "What became of its share is not recorded."
        : string.Create(CultureInfo.InvariantCulture, $"{done.Missing} of its {done.Missing + done.Reported} operations have no known end and count as failed.");
}

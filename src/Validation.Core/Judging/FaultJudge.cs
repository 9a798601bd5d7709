using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Core.Judging;

/// <summary>Judges whether each planned fault was really there. A fault without proof makes the run inconclusive.</summary>
internal static class FaultJudge
{
    /// <summary>Judges one fault.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="recording">The recording.</param>
    public static Finding Judge(PlannedFault fault, RunRecording recording)
    {
        var refused = recording.Facts<FaultNotProven>().Select(fact => fact.Fact).FirstOrDefault(fact => fact.Fault == fault.Name);
        var injected = recording.Facts<FaultInjected>().FirstOrDefault(fact => fact.Fact.Fault == fault.Name);
        var healing = recording.Facts<FaultHealing>().FirstOrDefault(fact => fact.Fact.Fault == fault.Name);
        var healed = recording.Facts<FaultHealed>().FirstOrDefault(fact => fact.Fact.Fault == fault.Name);
        var isCancelled = recording.Facts<FaultCancelled>().Any(fact => fact.Fact.Fault == fault.Name);
        var finding = new Finding
        {
            Kind = FindingKind.Fault,
            Name = fault.Name,
            Verdict = Verdict.Inconclusive,
            Statement = isCancelled
                ? "The run ended before its time; the fault was taken back, and nobody looked whether it is over."
                : "The run ended before this fault was injected and healed.",
        };

        if (refused is not null)
        {
            return finding with { Statement = $"Not proven to be {refused.Stage}: {refused.Reason}" };
        }

        return injected.Fact is null || healed.Fact is null
            ? finding
            : finding with
            {
                Verdict = Verdict.Pass,
                Statement = $"{injected.Fact.Proof} {healed.Fact.Proof}{KubeletWaits.Note(recording, healing.Fact is null ? injected.At : healing.At, healed.At)}",
                Measured = Duration.Format(healed.At - injected.At),
            };
    }
}

using System.Globalization;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Core.Judging;

/// <summary>Judges the load generator: when it could not fire what was planned, its numbers say nothing about the stack.</summary>
internal static class GeneratorJudge
{
    /// <summary>How late an operation may be fired and still count as on time.</summary>
    public static readonly TimeSpan LagLimit = Delays.LateAfter;

    // One in a hundred may be later: a single garbage collection or a busy neighbour is not a failed generator.
    private const double ShareThatMayBeLate = 0.01;

    /// <summary>Judges one load.</summary>
    /// <param name="load">The load's index in the plan.</param>
    /// <param name="recording">The recording.</param>
    public static Finding Judge(ushort load, RunRecording recording)
    {
        var planned = recording.Plan.Loads[load];

        // What a lost worker did not fire is the matter of another finding, with another remedy.
        var samples = recording.SamplesOf(load).Where(sample => !recording.IsWorkerLost(sample)).ToArray();
        var late = samples.Count(sample => sample.LagNs > LagLimit.TotalNanoseconds);
        var notFired = samples.Count(sample => sample.FiredNs == Sample.Never);
        var lags = samples.Select(sample => sample.LagNs).Order().ToArray();
        var finding = new Finding
        {
            Kind = FindingKind.Generator,
            Name = planned.Name,
            Verdict = Verdict.Pass,
            Samples = samples.Length,
            Limit = "≤ " + Duration.Format(LagLimit),
            Measured = Duration.Format(Percentiles.At(lags, 99)),
            Statement = $"99 % of {samples.Length} operations were fired within {Duration.Format(Percentiles.At(lags, 99))} of their planned instant.",
        };

        if (samples.Length == 0)
        {
            // The members of a population decide what is due; there may be nothing to renew in a short run.
            return IsOfPopulationThatFired(planned, recording)
                ? finding with { Measured = null, Statement = "Nothing of this kind was due." }
                : finding with { Verdict = Verdict.Inconclusive, Measured = null, Statement = "It fired nothing." };
        }

        return late <= samples.Length * ShareThatMayBeLate
            ? finding
            : finding with
            {
                Verdict = Verdict.Inconclusive,
                Statement = string.Create(
                    CultureInfo.InvariantCulture,
                    $"The generator fell behind: {late} of {samples.Length} operations were fired more than {Duration.Format(LagLimit)} late, {notFired} of them never."),
                Hint = "Lower the arrivals or give the machine more processors.",
            };
    }

    private static bool IsOfPopulationThatFired(PlannedLoad planned, RunRecording recording)
    {
        if (planned.Operation is not { } operation)
        {
            return false;
        }

        var population = planned.Name[..^operation.Length];
        return recording.Plan.Loads
            .Where(other => other.Operation is not null && other.Name.StartsWith(population, StringComparison.Ordinal))
            .Any(other => recording.SamplesOf(recording.Plan.IndexOf(other.Name)).Any());
    }
}

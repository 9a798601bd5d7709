using System.Globalization;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Core.Judging;

/// <summary>Judges the load generator: when it could not fire what was planned, its numbers say nothing about the stack.</summary>
internal static class GeneratorJudge
{
    /// <summary>Judges one load.</summary>
    /// <param name="load">The load's index in the plan.</param>
    /// <param name="recording">The recording.</param>
    public static Finding Judge(ushort load, RunRecording recording)
    {
        var planned = recording.Plan.Loads[load];
        var fired = FiredOperations.Of(load, recording);
        var (samples, limit) = (fired.Samples, fired.Limit);
        var notFired = samples.Count(sample => sample.FiredNs == Sample.Never);
        var lags = samples.Select(sample => sample.LagNs).Order().ToArray();
        var finding = new Finding
        {
            Kind = FindingKind.Generator,
            Name = planned.Name,
            Verdict = Verdict.Pass,
            Samples = samples.Length,
            Limit = "≤ " + Duration.Format(limit),
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

        return !fired.FellBehind
            ? finding
            : finding with
            {
                Verdict = Verdict.Inconclusive,
                Statement = string.Create(
                    CultureInfo.InvariantCulture,
                    $"The generator fell behind: {fired.Late} of {samples.Length} operations were fired more than {Duration.Format(limit)} late, {notFired} of them never."),
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

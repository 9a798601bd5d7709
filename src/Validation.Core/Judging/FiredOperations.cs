using Validation.Core.Recording;

namespace Validation.Core.Judging;

/// <summary>The operations of a load that it was up to the generator to fire, and which of them it fired late.</summary>
internal sealed class FiredOperations
{
    // One in a hundred may be later: a single garbage collection or a busy neighbour is not a failed generator.
    private const double ShareThatMayBeLate = 0.01;

    private FiredOperations(Sample[] samples, TimeSpan limit) => (Samples, Limit) = (samples, limit);

    /// <summary>Gets the operations, without what a lost worker did not fire: that is the matter of another finding, with another remedy.</summary>
    public Sample[] Samples { get; }

    /// <summary>Gets how late one may be fired and still count as on time.</summary>
    public TimeSpan Limit { get; }

    /// <summary>Gets how many were fired later than that.</summary>
    public int Late => Samples.Count(IsLate);

    /// <summary>Gets whether the generator fell behind.</summary>
    public bool FellBehind => AreTooMany(Late, Samples.Length);

    /// <summary>Finds those of one load.</summary>
    /// <param name="load">The load's index in the plan.</param>
    /// <param name="recording">The recording.</param>
    public static FiredOperations Of(ushort load, RunRecording recording) =>
        new([.. recording.SamplesOf(load).Where(sample => !recording.IsWorkerLost(sample))], GeneratorJudge.LimitFor(recording.Plan.Loads[load].Arrivals));

    /// <summary>Returns whether more were late than may be.</summary>
    /// <param name="late">How many were late.</param>
    /// <param name="all">Of how many.</param>
    public static bool AreTooMany(int late, int all) => late > all * ShareThatMayBeLate;

    /// <summary>Returns whether an operation was fired late, or never.</summary>
    /// <param name="sample">The operation.</param>
    public bool IsLate(Sample sample) => sample.LagNs > Limit.TotalNanoseconds;
}

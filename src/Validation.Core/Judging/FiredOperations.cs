using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Core.Judging;

/// <summary>The operations of a load that it was up to the generator to fire, and which of them it fired late.</summary>
internal sealed class FiredOperations
{
    // One in a hundred may be later: a single garbage collection or a busy neighbour is not a failed generator.
    private const double ShareThatMayBeLate = 0.01;

    // A stall that is short beside the run can be long beside a window of it.
    private const double ShareThatHides = 0.1;

    // What was planned apart and is fired later than this comes in a bunch.
    private const double Intervals = 10;

    // No general-purpose kernel wakes a thread more exactly than that all of the time.
    private static readonly TimeSpan LeastLimit = TimeSpan.FromMilliseconds(1);

    private FiredOperations(Sample[] samples, TimeSpan limit)
    {
        (Samples, Limit) = (samples, limit);
        Late = samples.Count(IsLate);
    }

    /// <summary>Gets the operations, without what a lost worker did not fire: that is the matter of another finding, with another remedy.</summary>
    public Sample[] Samples { get; }

    /// <summary>Gets how late one may be fired and still count as on time.</summary>
    public TimeSpan Limit { get; }

    /// <summary>Gets how many were fired later than that.</summary>
    public int Late { get; }

    /// <summary>Gets whether the generator fell behind.</summary>
    public bool FellBehind => AreTooMany(Late, Samples.Length);

    /// <summary>Finds those of one load.</summary>
    /// <param name="load">The load's index in the plan.</param>
    /// <param name="recording">The recording.</param>
    public static FiredOperations Of(ushort load, RunRecording recording) =>
        new([.. recording.SamplesOf(load).Where(sample => !recording.IsWorkerLost(sample))], LimitFor(recording.Plan.Loads[load].Arrivals));

    /// <summary>Returns whether more were late than may be.</summary>
    /// <param name="late">How many were late.</param>
    /// <param name="all">Of how many.</param>
    public static bool AreTooMany(int late, int all) => late > all * ShareThatMayBeLate;

    /// <summary>Returns how late an operation may be fired and still count as on time.</summary>
    /// <param name="arrivals">The load's arrivals.</param>
    /// <returns>Ten mean intervals, between 1 ms and <see cref="Delays.LateAfter"/>; that for arrivals that have no interval.</returns>
    public static TimeSpan LimitFor(Arrivals arrivals) => arrivals switch
    {
        EvenArrivals or RampArrivals or StepArrivals or PoissonArrivals =>
            TimeSpan.FromSeconds(Math.Clamp(Intervals / arrivals.PerSecond, LeastLimit.TotalSeconds, Delays.LateAfter.TotalSeconds)),
        _ => Delays.LateAfter,
    };

    /// <summary>Returns whether so many of some operations were late that their success says little of the time in which they were planned.</summary>
    /// <param name="samples">Operations of the load.</param>
    public bool HardlyAsked(IReadOnlyList<Sample> samples) => !FellBehind && samples.Count(IsLate) > samples.Count * ShareThatHides;

    /// <summary>Returns whether an operation was fired late, or never.</summary>
    /// <param name="sample">The operation.</param>
    public bool IsLate(Sample sample) => sample.LagNs > Limit.TotalNanoseconds;
}

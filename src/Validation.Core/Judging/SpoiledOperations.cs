using System.Globalization;
using Validation.Core.Recording;

namespace Validation.Core.Judging;

/// <summary>Tells which operations of a load the harness spoiled itself. They count as what they look like, but prove nothing against the stack.</summary>
/// <remarks>
/// Spoiled is what was lost with its worker. Where the generator fell behind, everything is that was on its way in a second
/// in which it did: also what was fired in time was answered to a harness that had too little of its machine.
/// </remarks>
internal sealed class SpoiledOperations
{
    private const long Second = 1_000_000_000;

    private readonly int _all;
    private readonly int _lost;

    private SpoiledOperations(int all, int lost, IReadOnlyList<Sample> others) => (_all, _lost, Others) = (all, lost, others);

    /// <summary>Gets the operations that were not spoiled, in their order.</summary>
    public IReadOnlyList<Sample> Others { get; }

    /// <summary>Gets whether there are any.</summary>
    public bool Any => Others.Count < _all;

    private int Behind => _all - _lost - Others.Count;

    /// <summary>Finds them.</summary>
    /// <param name="load">The load's index in the plan.</param>
    /// <param name="recording">The recording.</param>
    /// <param name="samples">The operations of the load among which they are.</param>
    public static SpoiledOperations Among(ushort load, RunRecording recording, IReadOnlyList<Sample> samples)
    {
        var fired = FiredOperations.Of(load, recording);
        var kept = samples.Where(sample => !recording.IsWorkerLost(sample)).ToArray();
        var secondsBehind = fired.FellBehind || FiredOperations.AreTooMany(kept.Count(fired.IsLate), kept.Length) ? SecondsBehind(fired) : [];
        return new SpoiledOperations(samples.Count, samples.Count - kept.Length, [.. kept.Where(sample => !IsOnItsWayIn(secondsBehind, sample))]);
    }

    /// <summary>Says how many there are and what happened to them.</summary>
    /// <param name="runs">Those of each run.</param>
    public static string Describe(IReadOnlyList<SpoiledOperations> runs)
    {
        var (all, lost, behind) = (runs.Sum(run => run._all), runs.Sum(run => run._lost), runs.Sum(run => run.Behind));
        return (lost, behind) switch
        {
            (_, 0) => string.Create(CultureInfo.InvariantCulture, $"{lost} of {all} operations were lost with their worker"),
            (0, _) => string.Create(CultureInfo.InvariantCulture, $"{behind} of {all} operations were on their way while the generator was behind"),
            _ => string.Create(CultureInfo.InvariantCulture, $"of {all} operations {lost} were lost with their worker and {behind} on their way while the generator was behind"),
        };
    }

    private static HashSet<long> SecondsBehind(FiredOperations fired) =>
    [
        .. fired.Samples
            .GroupBy(sample => sample.PlannedNs / Second)
            .Where(second => FiredOperations.AreTooMany(second.Count(fired.IsLate), second.Count()))
            .Select(second => second.Key),
    ];

    private static bool IsOnItsWayIn(HashSet<long> seconds, Sample sample)
    {
        for (var second = sample.PlannedNs / Second; seconds.Count > 0 && second <= sample.CompletedNs / Second; second++)
        {
            if (seconds.Contains(second))
            {
                return true;
            }
        }

        return false;
    }
}

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

    private readonly RunRecording _recording;
    private readonly HashSet<long> _secondsBehind;

    private SpoiledOperations(RunRecording recording, HashSet<long> secondsBehind) => (_recording, _secondsBehind) = (recording, secondsBehind);

    /// <summary>Finds those of one load.</summary>
    /// <param name="load">The load's index in the plan.</param>
    /// <param name="recording">The recording.</param>
    public static SpoiledOperations Of(ushort load, RunRecording recording)
    {
        var fired = FiredOperations.Of(load, recording);
        return new SpoiledOperations(recording, fired.FellBehind ? SecondsBehind(fired) : []);
    }

    /// <summary>Leaves them out.</summary>
    /// <param name="samples">Operations of the load.</param>
    /// <returns>The others, in the same order.</returns>
    public IReadOnlyList<Sample> Without(IReadOnlyList<Sample> samples) => [.. samples.Where(sample => !_recording.IsWorkerLost(sample) && !WasBehind(sample))];

    /// <summary>Says how many of them there are and what happened to them.</summary>
    /// <param name="samples">Operations of the load.</param>
    public string Describe(IReadOnlyList<Sample> samples)
    {
        var lost = samples.Count(sample => _recording.IsWorkerLost(sample));
        var behind = samples.Count(sample => !_recording.IsWorkerLost(sample) && WasBehind(sample));
        return (lost, behind) switch
        {
            (_, 0) => string.Create(CultureInfo.InvariantCulture, $"{lost} of {samples.Count} operations were lost with their worker"),
            (0, _) => string.Create(CultureInfo.InvariantCulture, $"{behind} of {samples.Count} operations were on their way while the generator was behind"),
            _ => string.Create(CultureInfo.InvariantCulture, $"of {samples.Count} operations {lost} were lost with their worker and {behind} on their way while the generator was behind"),
        };
    }

    private static HashSet<long> SecondsBehind(FiredOperations fired) =>
    [
        .. fired.Samples
            .GroupBy(sample => sample.PlannedNs / Second)
            .Where(second => FiredOperations.AreTooMany(second.Count(fired.IsLate), second.Count()))
            .Select(second => second.Key),
    ];

    private bool WasBehind(Sample sample)
    {
        for (var second = sample.PlannedNs / Second; _secondsBehind.Count > 0 && second <= sample.CompletedNs / Second; second++)
        {
            if (_secondsBehind.Contains(second))
            {
                return true;
            }
        }

        return false;
    }
}

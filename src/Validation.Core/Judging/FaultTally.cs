using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Core.Judging;

/// <summary>How often one kind of fault was injected, how often that was proven, and how long everything took.</summary>
/// <param name="Kind">The kind of fault.</param>
/// <param name="Planned">How many were planned.</param>
/// <param name="Proven">How many were proven to be in force, to their end.</param>
/// <param name="Healed">How many of those were proven to be over.</param>
/// <param name="Late">From the planned instant to when the command was given; sorted.</param>
/// <param name="Biting">From then to the proof that it is in force; sorted.</param>
/// <param name="Overdue">From the planned end, its length after that proof, to the command that takes it back; sorted.</param>
/// <param name="Healing">From the command that takes it back to the proof that it is over; sorted.</param>
public sealed record FaultTally(
    string Kind,
    int Planned,
    int Proven,
    int Healed,
    IReadOnlyList<TimeSpan> Late,
    IReadOnlyList<TimeSpan> Biting,
    IReadOnlyList<TimeSpan> Overdue,
    IReadOnlyList<TimeSpan> Healing)
{
    /// <summary>Counts the faults of several runs.</summary>
    /// <param name="recordings">The runs.</param>
    /// <returns>One row for each kind, by name.</returns>
    public static IReadOnlyList<FaultTally> Of(IEnumerable<RunRecording> recordings) =>
    [
        .. recordings.SelectMany(Lives)
            .GroupBy(life => life.Kind)
            .OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => new FaultTally(
                kind.Key,
                kind.Count(),
                kind.Count(life => life.WasProven),
                kind.Count(life => life.WasProven && life.Healed is not null),
                Sorted(kind, life => life.Begun - life.Due),
                Sorted(kind, life => life.Injected - life.Begun),
                Sorted(kind, life => life.TakenBack - (life.Injected + life.Length)),
                Sorted(kind, life => life.Healed - life.TakenBack))),
    ];

    /// <summary>Returns a quantile by the nearest rank; null when there is none to choose from.</summary>
    /// <param name="sorted">What to choose from.</param>
    /// <param name="quantile">From 0 to 1. Of less than a hundred the 99th percentile is the largest.</param>
    public static TimeSpan? Quantile(IReadOnlyList<TimeSpan> sorted, double quantile) =>
        sorted.Count == 0 ? null : sorted[Math.Max(0, (int)Math.Ceiling(quantile * sorted.Count) - 1)];

    private static IEnumerable<Life> Lives(RunRecording recording)
    {
        var phases = recording.Facts<PhaseStarted>().ToDictionary(phase => phase.Fact.Phase, phase => phase.At);
        var begun = InstantsOf<FaultBegun>(recording, fact => fact.Fault);
        var lengths = recording.Facts<FaultBegun>().ToDictionary(fact => fact.Fact.Fault, fact => fact.Fact.Length);
        var injected = InstantsOf<FaultInjected>(recording, fact => fact.Fault);
        var takenBack = InstantsOf<FaultHealing>(recording, fact => fact.Fault);
        var healed = InstantsOf<FaultHealed>(recording, fact => fact.Fault);
        var refuted = recording.Facts<FaultNotProven>().Select(fact => fact.Fact.Fault).ToHashSet();
        return recording.Plan.Faults.Select(fault => new Life(
            fault.Kind,
            phases.TryGetValue(fault.Phase, out var start) ? start + fault.At : null,
            At(begun, fault),
            At(injected, fault),
            At(lengths, fault),
            At(takenBack, fault),
            At(healed, fault),
            refuted.Contains(fault.Name)));
    }

    private static TimeSpan? At(Dictionary<string, TimeSpan> instants, PlannedFault fault) =>
        instants.TryGetValue(fault.Name, out var at) ? at : null;

    private static Dictionary<string, TimeSpan> InstantsOf<T>(RunRecording recording, Func<T, string> faultOf)
        where T : Fact => recording.Facts<T>().ToDictionary(fact => faultOf(fact.Fact), fact => fact.At);

    private static TimeSpan[] Sorted(IEnumerable<Life> lives, Func<Life, TimeSpan?> length) =>
        [.. lives.Select(length).OfType<TimeSpan>().Order()];

    private sealed record Life(
        string Kind, TimeSpan? Due, TimeSpan? Begun, TimeSpan? Injected, TimeSpan? Length, TimeSpan? TakenBack, TimeSpan? Healed, bool IsRefuted)
    {
        // A fault that could not be healed has been in force all the same.
        public bool WasProven => Injected is not null && TakenBack is not null && (!IsRefuted || Healed is null);
    }
}

using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Reporting.Digest;

/// <summary>What became of one planned fault. Instants are null when the run never got there, or it was never proven.</summary>
internal sealed record FaultStory
{
    /// <summary>Gets the fault as it was planned.</summary>
    public required PlannedFault Plan { get; init; }

    /// <summary>Gets who was hit, by selector; what was planned when it was never fired.</summary>
    public required IReadOnlyDictionary<string, string> Targets { get; init; }

    /// <summary>Gets when its injection began.</summary>
    public TimeSpan? Injecting { get; init; }

    /// <summary>Gets when it was seen to be in force.</summary>
    public TimeSpan? Injected { get; init; }

    /// <summary>Gets what was seen then.</summary>
    public string? InjectedProof { get; init; }

    /// <summary>Gets when its heal began.</summary>
    public TimeSpan? Healing { get; init; }

    /// <summary>Gets what was seen of it while it was in force.</summary>
    public string? HeldProof { get; init; }

    /// <summary>Gets when it was seen to be over.</summary>
    public TimeSpan? Healed { get; init; }

    /// <summary>Gets what was seen then.</summary>
    public string? HealedProof { get; init; }

    /// <summary>Gets what could not be proven, with the reason; null when everything was.</summary>
    public string? NotProven { get; init; }

    /// <summary>Gets the fault and whom it hit, in a few words for a chart: <c>kill spire-server-2</c>.</summary>
    public string Label => Targets.Count == 0 ? Plan.Kind : $"{Plan.Kind} {string.Join(" / ", Targets.Values)}";

    /// <summary>Gets how long it was in force; null when an edge is not proven.</summary>
    public TimeSpan? Length => Healed - Injected;

    /// <summary>Tells the stories of all planned faults, in the order of the plan.</summary>
    /// <param name="recording">The recording.</param>
    public static IReadOnlyList<FaultStory> Of(RunRecording recording) => [.. recording.Plan.Faults.Select(fault => Of(fault, recording))];

    private static FaultStory Of(PlannedFault fault, RunRecording recording)
    {
        var injecting = First<FaultInjecting>(recording, fact => fact.Fault == fault.Name);
        var injected = First<FaultInjected>(recording, fact => fact.Fault == fault.Name);
        var healing = First<FaultHealing>(recording, fact => fact.Fault == fault.Name);
        var healed = First<FaultHealed>(recording, fact => fact.Fault == fault.Name);
        var cancelled = First<FaultCancelled>(recording, fact => fact.Fault == fault.Name).Fact;
        var notProven = First<FaultNotProven>(recording, fact => fact.Fault == fault.Name).Fact;
        return new FaultStory
        {
            Plan = fault,
            Targets = injecting.Fact?.Targets.ToDictionary(target => target.Key, target => string.Join(", ", target.Value)) ?? fault.Targets,
            Injecting = injecting.At,
            Injected = injected.At,
            InjectedProof = injected.Fact?.Proof,
            Healing = healing.At,
            HeldProof = healing.Fact?.Held,
            Healed = healed.At,
            HealedProof = healed.Fact?.Proof,
            NotProven = notProven is null ? cancelled is null ? null : "Taken back when the run ended; nobody looked whether it is over." : $"Not proven to be {notProven.Stage}: {notProven.Reason}",
        };
    }

    private static (TimeSpan? At, T? Fact) First<T>(RunRecording recording, Func<T, bool> condition)
        where T : Fact
    {
        foreach (var (at, fact) in recording.Facts<T>())
        {
            if (condition(fact))
            {
                return (at, fact);
            }
        }

        return (null, null);
    }
}

namespace Validation.Core.Running;

/// <summary>
/// What a run's events say of its faults as a journal: each is written down before anything is done, and again when it was seen to
/// be over or was taken back.
/// </summary>
public static class FaultJournal
{
    /// <summary>Returns the faults that were begun and of which nobody has seen the end.</summary>
    /// <remarks>A run that came to its end has taken back every fault, but those whose heal could not be proven it does not know to be over.</remarks>
    /// <param name="events">The run's events, in their order.</param>
    /// <returns>Each with the instant at which it was begun, in the order of these.</returns>
    public static IReadOnlyList<(TimeSpan At, FaultInjecting Fault)> Open(IReadOnlyCollection<RunEvent> events)
    {
        var over = new HashSet<string>(events.Select(happened => happened.Fact).Select(fact => fact switch
        {
            FaultHealed healed => healed.Fault,
            FaultCancelled cancelled => cancelled.Fault,
            _ => null,
        }).OfType<string>());
        var doubtful = events.Select(happened => happened.Fact).OfType<FaultNotProven>().Where(refuted => refuted.Stage == FaultNotProven.AtItsEnd).Select(refuted => refuted.Fault).ToHashSet();
        var hasEnded = events.Any(happened => happened.Fact is RunEnded);
        return
        [
            .. from happened in events
               where happened.Fact is FaultInjecting
               let begun = (FaultInjecting)happened.Fact
               where !over.Contains(begun.Fault) && (!hasEnded || doubtful.Contains(begun.Fault))
               select (happened.At, begun),
        ];
    }
}

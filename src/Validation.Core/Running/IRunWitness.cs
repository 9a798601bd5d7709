using Validation.Core.Stacks;

namespace Validation.Core.Running;

/// <summary>Collects, while a run goes on, the evidence that an invariant needs.</summary>
public interface IRunWitness
{
    /// <summary>Gets its name, for messages about its own trouble.</summary>
    string Name { get; }

    /// <summary>Watches until it is cancelled, when the loads have stopped.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="events">Where to record what it sees.</param>
    /// <param name="cancellationToken">Ends the watching.</param>
    Task WatchAsync(IStack stack, IEventSink events, CancellationToken cancellationToken);

    /// <summary>Looks once more after every fault has healed and every load has stopped.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="events">Where to record what it sees.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    Task ConcludeAsync(IStack stack, IEventSink events, CancellationToken cancellationToken);
}

using System.Collections.Concurrent;
using Validation.Core.Running;

namespace Validation.Spire.Benching;

/// <summary>Remembers what went wrong while a bench measured.</summary>
/// <param name="time">The clock.</param>
internal sealed class BenchFacts(TimeProvider time) : IEventSink
{
    private readonly ConcurrentQueue<Fact> _facts = new();
    private readonly RunClock _clock = new(time);

    /// <summary>Gets what was recorded, as text.</summary>
    public IReadOnlyList<string> Texts => [.. _facts.Select(fact => fact.ToString())];

    /// <inheritdoc/>
    public RunEvent Record(Fact fact)
    {
        _facts.Enqueue(fact);
        return new RunEvent(_clock.Now, fact);
    }
}

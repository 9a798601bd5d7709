using System.Collections.Concurrent;
using Validation.Core.Running;

namespace Validation.Environments.Tests.Live;

/// <summary>Keeps events, stamped by a run's clock.</summary>
internal sealed class EventList : IEventSink
{
    private readonly RunClock _clock = new(TimeProvider.System);
    private readonly ConcurrentQueue<RunEvent> _events = new();

    public TimeSpan Now => _clock.Now;

    public RunEvent Record(Fact fact)
    {
        var happened = new RunEvent(_clock.Now, fact);
        _events.Enqueue(happened);
        Console.WriteLine($"{happened.At.TotalSeconds,8:0.000} {fact}");
        return happened;
    }

    public IReadOnlyList<T> Of<T>()
        where T : Fact => [.. _events.Select(happened => happened.Fact).OfType<T>()];
}

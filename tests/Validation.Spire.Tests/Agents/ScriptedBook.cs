using Validation.Core.Loads;
using Validation.Spire.Agents;

namespace Validation.Spire.Tests.Agents;

/// <summary>Fires what a population plans one after the other, and lets no time pass in between but what is to be waited for.</summary>
internal sealed class ScriptedBook : IOperationBook
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<(AgentOperation? Operation, Func<Task<Outcome>> Act), TimeSpan> _due = new();

    public TimeSpan Now { get; private set; }

    /// <summary>Gets what is planned and not fired, without reminders.</summary>
    public IReadOnlyList<(AgentOperation Operation, TimeSpan Due)> Planned
    {
        get
        {
            lock (_gate)
            {
                return [.. _due.UnorderedItems.Where(item => item.Element.Operation is not null).Select(item => (item.Element.Operation!.Value, item.Priority)).OrderBy(item => item.Priority)];
            }
        }
    }

    public void Plan(int operation, TimeSpan due, Func<Operation, CancellationToken, ValueTask<Outcome>> perform) =>
        Enqueue((AgentOperation)operation, due, () => perform(new Operation(0, TimeProvider.System), new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token).AsTask());

    public void Remind(TimeSpan instant, Action look) => Enqueue(null, instant, () =>
    {
        look();
        return Task.FromResult(Outcome.Success);
    });

    /// <summary>Waits for the next operation and does it.</summary>
    public async Task<Fired> NextAsync()
    {
        while (true)
        {
            (AgentOperation? Operation, Func<Task<Outcome>> Act) next;
            TimeSpan due;
            lock (_gate)
            {
                _due.TryDequeue(out next, out due).Should().BeTrue("an agent always has something to wait for");
                Now = due > Now ? due : Now;
            }

            var outcome = await next.Act();
            if (next.Operation is { } operation)
            {
                return new Fired(operation, due, outcome);
            }
        }
    }

    /// <summary>Does operations until one is of a kind.</summary>
    public async Task<Fired> NextAsync(AgentOperation kind)
    {
        for (var i = 0; i < 1_000; i++)
        {
            var fired = await NextAsync();
            if (fired.Operation == kind)
            {
                return fired;
            }
        }

        throw new InvalidOperationException($"No {kind} was planned.");
    }

    private void Enqueue(AgentOperation? operation, TimeSpan due, Func<Task<Outcome>> act)
    {
        lock (_gate)
        {
            _due.Enqueue((operation, act), due);
        }
    }
}

/// <summary>An operation that was done.</summary>
internal sealed record Fired(AgentOperation Operation, TimeSpan Due, Outcome Outcome);

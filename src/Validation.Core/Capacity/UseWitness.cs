using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Core.Capacity;

/// <summary>Records every two seconds what the nodes of the stack use, where the environment can tell.</summary>
public sealed class UseWitness : IRunWitness
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;

    /// <summary>Creates the witness.</summary>
    /// <param name="time">The clock.</param>
    public UseWitness(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public string Name => "use of the stack";

    /// <inheritdoc/>
    public async Task WatchAsync(IStack stack, IEventSink events, CancellationToken cancellationToken)
    {
        if (stack is not IStackMeter meter)
        {
            return;
        }

        var (before, at) = (await meter.ReadUseAsync(cancellationToken), _time.GetTimestamp());
        using var timer = new PeriodicTimer(Interval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var (now, nowAt) = (await meter.ReadUseAsync(cancellationToken), _time.GetTimestamp());
            events.Record(Difference(stack, before, now, _time.GetElapsedTime(at, nowAt)));
            (before, at) = (now, nowAt);
        }
    }

    /// <inheritdoc/>
    public Task ConcludeAsync(IStack stack, IEventSink events, CancellationToken cancellationToken) => Task.CompletedTask;

    private static StackUse Difference(IStack stack, StackReading before, StackReading now, TimeSpan over) => new()
    {
        Over = over,
        Nodes =
        [
            .. from node in stack.Nodes
               where now.ProcessorTimes.ContainsKey(node.Name)

               // Processes that have ended take their time with them.
               let used = now.ProcessorTimes[node.Name] - before.ProcessorTimes.GetValueOrDefault(node.Name)
               select new NodeUse(node.Name, node.Role, Math.Round(Math.Max(0, used / over), 2)),
        ],
        SharedProcessors = now.SharedProcessors,
        WaitingClients = now.WaitingClients,
        BusyConnections = now.BusyConnections,
        ConnectionsAllowed = now.ConnectionsAllowed,
    };
}

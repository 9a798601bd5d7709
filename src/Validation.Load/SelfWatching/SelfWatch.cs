using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Load.SelfWatching;

/// <summary>Watches the harness itself while a run goes on, and records every two seconds whether it gets what it needs.</summary>
/// <remarks>On other systems than Linux it records nothing: there, nothing of this can be known as cheaply.</remarks>
public sealed class SelfWatch : IRunWitness
{
    private static readonly TimeSpan RecordInterval = TimeSpan.FromSeconds(2);

    private readonly TimeProvider _time;

    /// <summary>Creates the witness.</summary>
    /// <param name="time">The clock.</param>
    public SelfWatch(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public string Name => "self-watch";

    /// <inheritdoc/>
    public Task WatchAsync(IStack stack, IEventSink events, CancellationToken cancellationToken) => WatchAsync(events, cancellationToken);

    /// <inheritdoc/>
    public Task ConcludeAsync(IStack stack, IEventSink events, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Watches the process until it is cancelled.</summary>
    /// <param name="events">Where to record what it sees.</param>
    /// <param name="cancellationToken">Ends the watching.</param>
    internal async Task WatchAsync(IEventSink events, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsLinux())
        {
            await DedicatedThread.RunAsync("self-watch", () => Watch(events, cancellationToken));
        }
    }

    private void Watch(IEventSink events, CancellationToken stop)
    {
        var probe = new DelayProbe(Pacers.For(_time), _time, item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false));
        var process = new ProcessProbe(ControlGroup.Find(), _time);
        while (probe.ProbeFor(RecordInterval, process.LookAtPauses, stop))
        {
            // Writing it may wait for a disk; the next probes begin after that.
            events.Record(process.Read(probe.TakeWakes(), probe.TakeHandOvers(), probe.TakeLongestQueue()));
        }
    }
}

using Validation.Core.Scenarios;

namespace Validation.Core.Running;

/// <summary>Walks the phases of a scenario and lets each fault happen at its instant.</summary>
internal sealed class Timeline
{
    private readonly FaultRunner _faults;
    private readonly IEventSink _events;
    private readonly TimeProvider _time;

    /// <summary>Creates the timeline.</summary>
    /// <param name="faults">Runs the faults.</param>
    /// <param name="events">The event log.</param>
    /// <param name="time">The clock.</param>
    public Timeline(FaultRunner faults, IEventSink events, TimeProvider time) => (_faults, _events, _time) = (faults, events, time);

    /// <summary>Walks all phases. A phase ends when its time is over and all its faults have healed, whichever is later.</summary>
    /// <param name="phases">The phases.</param>
    /// <param name="cancellationToken">Ends the walk; faults in force are healed.</param>
    public async Task WalkAsync(IReadOnlyList<PhaseSpec> phases, CancellationToken cancellationToken)
    {
        foreach (var phase in phases)
        {
            _events.Record(new PhaseStarted(phase.Name));
            try
            {
                // All instants are counted from here, before the first fault takes its time.
                var end = _time.WaitAsync(phase.Length, cancellationToken);
                var faults = phase.Faults.Select(fault => (
                    Fault: fault,
                    Start: _time.WaitAsync(fault.At - fault.Kind.Preparation, cancellationToken),
                    Due: _time.WaitAsync(fault.At, cancellationToken))).ToArray();
                await Task.WhenAll([end, .. faults.Select(one => RunWhenDueAsync(one.Fault, one.Start, one.Due, cancellationToken))]);
            }
            finally
            {
                // One that is ended early has ended too: what comes afterwards is not judged.
                _events.Record(new PhaseEnded(phase.Name));
            }
        }
    }

    private async Task RunWhenDueAsync(FaultSpec fault, Task start, Task due, CancellationToken cancellationToken)
    {
        await start;
        await _faults.RunAsync(fault, due, cancellationToken);
    }
}

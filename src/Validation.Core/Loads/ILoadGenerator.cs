using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;

namespace Validation.Core.Loads;

/// <summary>Fires the operations of all loads by their schedules.</summary>
public interface ILoadGenerator
{
    /// <summary>Fires until it is told to stop, then waits for the answers of what it fired.</summary>
    /// <remarks>Every operation that was planned before the stop is recorded, with or without an answer.</remarks>
    /// <param name="loads">The loads, in the order of the plan.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="samples">Where to record the operations.</param>
    /// <param name="events">Where to record the first failure of each class.</param>
    /// <param name="stop">Ends the firing.</param>
    Task RunAsync(
        IReadOnlyList<ReadyLoad> loads, RunClock clock, SampleWriter samples, IEventSink events, CancellationToken stop);
}

/// <summary>A load and what does its operations.</summary>
/// <param name="Spec">The load.</param>
/// <param name="Prepared">What does its operations.</param>
public sealed record ReadyLoad(LoadSpec Spec, IPreparedLoad Prepared);

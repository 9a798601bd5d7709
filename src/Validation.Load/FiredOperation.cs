using Validation.Core.Loads;

namespace Validation.Load;

/// <summary>An operation that is handed to the book.</summary>
/// <param name="Stream">The index of its stream in the plan.</param>
/// <param name="Name">The stream's name.</param>
/// <param name="Timeout">How long after its planned instant it has failed.</param>
/// <param name="Number">Its number in its stream.</param>
/// <param name="PlannedNs">Its planned instant, in nanoseconds since the run began.</param>
/// <param name="Perform">Does it.</param>
internal sealed record FiredOperation(
    ushort Stream,
    string Name,
    TimeSpan Timeout,
    long Number,
    long PlannedNs,
    Func<Operation, CancellationToken, ValueTask<Outcome>> Perform);

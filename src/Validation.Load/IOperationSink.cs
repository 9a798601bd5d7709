using Validation.Core.Loads;
using Validation.Core.Recording;

namespace Validation.Load;

/// <summary>Takes what became of operations.</summary>
internal interface IOperationSink
{
    /// <summary>Tells that every operation that was planned before an instant has been handed to the book. Called by the pacer alone.</summary>
    /// <param name="plannedNs">The instant, in nanoseconds of the generator's clock.</param>
    void FiredBefore(long plannedNs);

    /// <summary>Tells that an operation is about to be fired. Called by the pacer alone.</summary>
    /// <param name="load">The load's index in the plan.</param>
    /// <param name="number">The operation's number in its load.</param>
    /// <param name="plannedNs">Its planned instant.</param>
    void Opened(ushort load, long number, long plannedNs);

    /// <summary>Tells how an operation ended. Called from any thread.</summary>
    /// <param name="number">The operation's number in its load.</param>
    /// <param name="sample">Its stamps; the outcome in it is not set.</param>
    /// <param name="outcome">How it ended.</param>
    void Ended(long number, in Sample sample, Outcome outcome);
}

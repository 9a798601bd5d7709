using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Load.Workers.Protocol;

namespace Validation.Load.Workers.Controlling;

/// <summary>Told what a worker tells. What one worker tells comes in order; several workers tell at the same time.</summary>
internal interface IWorkerListener
{
    /// <summary>An operation has ended.</summary>
    /// <param name="worker">Whose it was.</param>
    /// <param name="operation">How it ended.</param>
    /// <param name="failure">The class of its failure; null when it succeeded.</param>
    void Ended(WorkerLink worker, in EndedOperation operation, string? failure);

    /// <summary>An SVID was received.</summary>
    /// <param name="worker">By whom.</param>
    /// <param name="svid">The SVID; its time is on the controller's clock.</param>
    void Received(WorkerLink worker, in IssuedSvid svid);

    /// <summary>About a second has passed.</summary>
    /// <param name="worker">For whom.</param>
    /// <param name="tick">What it did.</param>
    void Ticked(WorkerLink worker, Tick tick);

    /// <summary>Something happened that belongs into the event log.</summary>
    /// <param name="worker">To whom.</param>
    /// <param name="fact">What.</param>
    void Happened(WorkerLink worker, Fact fact);

    /// <summary>The worker knows when to begin.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="lateNs">By how much that was too late; zero or less when it was in time.</param>
    void Begun(WorkerLink worker, long lateNs);

    /// <summary>The worker is gone.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="reason">How that was noticed, and its last words.</param>
    void Lost(WorkerLink worker, string reason);
}

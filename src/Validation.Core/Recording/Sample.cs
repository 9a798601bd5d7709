namespace Validation.Core.Recording;

/// <summary>One operation as it is recorded: three stamps and an outcome. Times are nanoseconds since the run began.</summary>
/// <param name="PlannedNs">When it should have been fired.</param>
/// <param name="FiredNs">When it was fired; <see cref="Never"/> when it was not.</param>
/// <param name="CompletedNs">When its answer was there, or when it was given up.</param>
/// <param name="Load">The load's index in the plan.</param>
/// <param name="Outcome">0 for success, else the index of the failure class in the recording's table.</param>
public readonly record struct Sample(long PlannedNs, long FiredNs, long CompletedNs, ushort Load, ushort Outcome)
{
    /// <summary>The stamp of something that did not happen.</summary>
    public const long Never = -1;

    /// <summary>Gets whether the operation succeeded.</summary>
    public bool Succeeded => Outcome == 0;

    /// <summary>Gets the latency that a user would have seen: from the planned instant to the answer.</summary>
    public long LatencyNs => CompletedNs - PlannedNs;

    /// <summary>Gets how late the generator was; the whole waiting time when it never fired.</summary>
    public long LagNs => (FiredNs == Never ? CompletedNs : FiredNs) - PlannedNs;
}

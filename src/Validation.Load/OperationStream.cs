namespace Validation.Load;

/// <summary>What the operations of one stream have in common.</summary>
/// <param name="Index">The stream's index in the plan.</param>
/// <param name="Name">Its name.</param>
/// <param name="Timeout">How long after its planned instant an operation has failed.</param>
internal sealed record OperationStream(ushort Index, string Name, TimeSpan Timeout)
{
    /// <summary>Gets who is told that an operation has ended: its number, and the nanoseconds since it was planned. Null for nobody.</summary>
    public Action<long, long>? Ended { get; init; }

    /// <summary>Gets the timeout in nanoseconds.</summary>
    public long TimeoutNs { get; } = (long)Timeout.TotalNanoseconds;
}

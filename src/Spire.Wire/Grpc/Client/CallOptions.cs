namespace Spire.Wire.Grpc.Client;

/// <summary>What is particular to one call.</summary>
/// <param name="Timeout">
/// The time after which the call ends with <see cref="StatusCode.DeadlineExceeded"/>, on both sides. More than zero and at
/// most 49 days; null means that it never does.
/// </param>
/// <param name="Metadata">Sent with the request; null means none.</param>
public readonly record struct CallOptions(TimeSpan? Timeout = null, Metadata? Metadata = null)
{
    /// <summary>Returns options for a call that must end within a time.</summary>
    /// <param name="timeout">The time; more than zero.</param>
    public static CallOptions Within(TimeSpan timeout) => new(timeout);
}

namespace Validation.Core.Running;

/// <summary>Waiting by a clock.</summary>
internal static class Waiting
{
    /// <summary>Waits for a length of time; one that is over already is no wait at all.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="length">How long; may be zero or negative.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static Task WaitAsync(this TimeProvider time, TimeSpan length, CancellationToken cancellationToken) =>
        length > TimeSpan.Zero ? Task.Delay(length, time, cancellationToken) : Task.CompletedTask;
}

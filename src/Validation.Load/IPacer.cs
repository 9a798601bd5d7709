namespace Validation.Load;

/// <summary>Waits for instants on the monotonic clock.</summary>
internal interface IPacer
{
    /// <summary>Prepares the calling thread, which will do all the waiting.</summary>
    void Begin();

    /// <summary>Waits until an instant. Returns at once when it has passed.</summary>
    /// <param name="timestamp">The instant, as a timestamp of the generator's clock.</param>
    /// <param name="stop">Ends the waiting, soon but not at once.</param>
    void WaitUntil(long timestamp, CancellationToken stop);
}

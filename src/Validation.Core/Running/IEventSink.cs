namespace Validation.Core.Running;

/// <summary>Takes events for the recording, stamps them and writes them to disk at once. May be called from any thread.</summary>
public interface IEventSink
{
    /// <summary>Records an event that happened now.</summary>
    /// <param name="fact">What happened.</param>
    /// <returns>The event with its time.</returns>
    RunEvent Record(Fact fact);
}

namespace Validation.Core.Stacks;

/// <summary>A stack whose state can be read as far as faults change it, so that it can be compared with what it was.</summary>
public interface IStackWorld
{
    /// <summary>Reads the state of everything that a fault changes and has to give back: rules, routes, queues, limits, settings and the like.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>By what it is, such as <c>rules of the router</c>. What moves by itself, counters and roles and loads, is not in it.</returns>
    /// <exception cref="HarnessException">Something could not be read.</exception>
    Task<IReadOnlyDictionary<string, string>> ReadWorldAsync(CancellationToken cancellationToken);
}

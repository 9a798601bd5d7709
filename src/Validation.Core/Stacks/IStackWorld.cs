namespace Validation.Core.Stacks;

/// <summary>A stack whose state can be read as far as faults change it, so that it can be compared with what it was.</summary>
public interface IStackWorld
{
    /// <summary>What stands for a thing of which there is nothing to compare, such as the limits of a node without a process.</summary>
    const string Nobody = "nobody there";

    /// <summary>Reads what faults change and have to give back: rules, routes, queues, limits, settings and the like.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>By what it is, such as <c>rules of the router</c>. What moves by itself, counters and roles and loads, is not in it; nor is what did not answer.</returns>
    /// <exception cref="HarnessException">Nothing could be read.</exception>
    Task<IReadOnlyDictionary<string, string>> ReadWorldAsync(CancellationToken cancellationToken);
}

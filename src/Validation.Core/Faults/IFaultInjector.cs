using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Faults;

/// <summary>Makes one kind of fault happen.</summary>
public interface IFaultInjector
{
    /// <summary>Gets what it does and which parameters it has.</summary>
    FaultKind Kind { get; }

    /// <summary>Injects the fault. Returns when the command was given, not when it took effect.</summary>
    /// <param name="order">What to inject and into which nodes.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays broken.</param>
    Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken);
}

/// <summary>A fault that was injected. Disposing heals it, whatever happened before.</summary>
public interface IInjection : IAsyncDisposable
{
    /// <summary>Gets how long the fault stays in force after its proof.</summary>
    /// <value>Zero for a fault that is over by itself, such as a switchover.</value>
    TimeSpan Length { get; }

    /// <summary>Looks for evidence that the fault is in force. Called again until it is, or until it cannot be any more.</summary>
    /// <param name="cancellationToken">Ends the search.</param>
    Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken);

    /// <summary>Looks, when <see cref="Length"/> comes to its end, for evidence that the fault was in force all the time and had its effect.</summary>
    /// <param name="cancellationToken">Ends the search.</param>
    Task<Proof> ProveHeldAsync(CancellationToken cancellationToken);

    /// <summary>Takes the fault back. Returns when the command was given.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task HealAsync(CancellationToken cancellationToken);

    /// <summary>Looks for evidence that what was broken works again. Called again until it does.</summary>
    /// <param name="cancellationToken">Ends the search.</param>
    Task<Proof> ProveHealedAsync(CancellationToken cancellationToken);
}

/// <summary>A fault whose targets are known.</summary>
/// <param name="Spec">The fault as the scenario describes it.</param>
/// <param name="Stack">The stack.</param>
/// <param name="Targets">The nodes that each selector parameter means, by parameter name.</param>
public sealed record FaultOrder(FaultSpec Spec, IStack Stack, IReadOnlyDictionary<string, IReadOnlyList<INode>> Targets)
{
    /// <summary>Gets the number from which every draw of this fault follows. Comes from the run's seed and the fault's name.</summary>
    public int Seed { get; init; }

    /// <summary>Gets what is completed at the planned instant. What changes nothing for the stack may come before, by <see cref="FaultKind.Preparation"/>; the change waits for it.</summary>
    public Task Due { get; init; } = Task.CompletedTask;

    /// <summary>Gets where a fault records what the stack did that no proof is about.</summary>
    public required IEventSink Events { get; init; }

    /// <summary>Returns the nodes that a selector parameter means.</summary>
    /// <param name="selector">The parameter.</param>
    public IReadOnlyList<INode> NodesOf(Parameter<Selector> selector) => Targets[selector.Name];

    /// <summary>Returns the nodes that a selector parameter means, as what they can do.</summary>
    /// <typeparam name="T">The capability; the plan has checked that they have it.</typeparam>
    /// <param name="selector">The parameter.</param>
    public IReadOnlyList<T> NodesOf<T>(Parameter<Selector> selector)
        where T : INode => [.. NodesOf(selector).Cast<T>()];

    /// <summary>Returns the value of a parameter.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="parameter">The parameter.</param>
    public T Get<T>(Parameter<T> parameter)
        where T : notnull => Spec.Parameters.Get(parameter);
}

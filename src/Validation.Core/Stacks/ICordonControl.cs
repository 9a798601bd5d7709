namespace Validation.Core.Stacks;

/// <summary>A stack on Kubernetes nodes that can be closed to new pods.</summary>
public interface ICordonControl
{
    /// <summary>Closes Kubernetes nodes to new pods.</summary>
    /// <remarks>
    /// No cluster ends a cordon by itself. It is marked on the Kubernetes node as the harness', so that it can be found
    /// and lifted should the harness die.
    /// </remarks>
    /// <param name="kubernetesNodes">Their names.</param>
    /// <param name="cancellationToken">Ends the attempt; none stays cordoned.</param>
    /// <exception cref="HarnessException">One of them was cordoned already, or the API server refused.</exception>
    Task<ICordon> CordonAsync(IReadOnlyCollection<string> kubernetesNodes, CancellationToken cancellationToken);
}

/// <summary>Kubernetes nodes that are closed to new pods. Disposing opens them.</summary>
public interface ICordon : IAsyncDisposable
{
    /// <summary>Gets the names of the Kubernetes nodes.</summary>
    IReadOnlyCollection<string> KubernetesNodes { get; }

    /// <summary>Asks the API server which of them are closed right now.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    Task<IReadOnlyCollection<string>> AskClosedAsync(CancellationToken cancellationToken);

    /// <summary>Opens them again, those that are still marked as the harness'. A second call does nothing.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task LiftAsync(CancellationToken cancellationToken);
}

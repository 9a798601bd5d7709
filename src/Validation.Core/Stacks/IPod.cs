namespace Validation.Core.Stacks;

/// <summary>A node that is a pod of a Kubernetes cluster: when its pod is deleted, another pod takes its place.</summary>
public interface IPod : INode
{
    /// <summary>Gets the API server's id of the pod that the node is right now; null while it has none.</summary>
    /// <value>A pod that is made again under the same name has another: <c>metadata.uid</c>.</value>
    string? PodUid { get; }

    /// <summary>Gets the name of the Kubernetes node that the pod was given to; null while it has none.</summary>
    string? KubernetesNode { get; }

    /// <summary>Asks the API server to delete the pod. Returns when it has taken the order.</summary>
    /// <param name="grace">How long its processes may take to end; zero deletes it from the API server at once.</param>
    /// <param name="cancellationToken">Ends the asking, not the deletion.</param>
    /// <returns>The id of the pod that was meant.</returns>
    /// <exception cref="HarnessException">It has no pod right now, or the API server refused.</exception>
    Task<string> DeletePodAsync(TimeSpan grace, CancellationToken cancellationToken);

    /// <summary>Asks the API server, and not what is remembered of it, whether the node is still in a certain pod.</summary>
    /// <param name="uid">The pod's id.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    Task<bool> HasPodAsync(string uid, CancellationToken cancellationToken);
}

/// <summary>A pod of a set that has a number of replicas: a StatefulSet, a Deployment. The set can be scaled, and a drain moves its pods.</summary>
/// <remarks>A DaemonSet's pods belong to their Kubernetes nodes: there is no number of them, and a drain lets them be.</remarks>
public interface IReplica : IPod;

using Validation.Core.Stacks;

namespace Validation.Environments.Cluster.Pods;

/// <summary>A pod that can be deleted: a node to which something can be done by the API server alone.</summary>
internal class ObjectPodNode : PodNode, IPod
{
    private readonly PodObjects _objects;
    private readonly string _selector;

    /// <summary>Creates the node; no pod of it was seen yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">Its role.</param>
    /// <param name="container">What its main container is called.</param>
    /// <param name="selector">The label selector of the pods of its role.</param>
    /// <param name="objects">Acts on pods as objects of the API server.</param>
    public ObjectPodNode(string name, string role, string container, string selector, PodObjects objects)
        : base(name, role, container) => (_selector, _objects) = (selector, objects);

    /// <inheritdoc/>
    public string? PodUid => Pod?.Uid;

    /// <inheritdoc/>
    public string? KubernetesNode => Pod?.KubernetesNode;

    /// <inheritdoc/>
    public async Task<string> DeletePodAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        var pod = RequirePod();
        await _objects.DeleteAsync(pod.Name, grace, cancellationToken);
        return pod.Uid;
    }

    /// <inheritdoc/>
    public Task<bool> HasPodAsync(string uid, CancellationToken cancellationToken) => _objects.ExistsAsync(_selector, uid, cancellationToken);
}

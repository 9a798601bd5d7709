using Validation.Core.Stacks;
using Validation.Environments.Cluster.Pods;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>A pod of somebody else's StatefulSet or Deployment.</summary>
internal sealed class ExistingReplicaNode : ObjectPodNode, IReplica
{
    /// <summary>Creates the node; no pod of it was seen yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="found">Its role, as it was found.</param>
    /// <param name="objects">Acts on pods as objects of the API server.</param>
    public ExistingReplicaNode(string name, FoundRole found, PodObjects objects)
        : base(name, found.Role, found.Container, found.Where.Selector, objects)
    {
    }
}

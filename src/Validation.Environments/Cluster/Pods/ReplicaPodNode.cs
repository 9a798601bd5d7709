using Validation.Core.Stacks;
using Validation.Environments.Cluster.Helper;

namespace Validation.Environments.Cluster.Pods;

/// <summary>A pod of a StatefulSet or a Deployment: there is a number of them, and they may move to other Kubernetes nodes.</summary>
internal sealed class ReplicaPodNode : ProcessPodNode, IReplica
{
    /// <summary>Creates the node; no pod of it was seen yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">Its role, which is also what its main container is called.</param>
    /// <param name="processes">Acts on pods' processes.</param>
    /// <param name="objects">Acts on pods as objects of the API server.</param>
    /// <param name="time">The clock.</param>
    public ReplicaPodNode(string name, string role, PodProcesses processes, PodObjects objects, TimeProvider time)
        : base(name, role, processes, objects, time)
    {
    }

    /// <summary>Creates the node of a stack that is not the harness'; no pod of it was seen yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">Its role.</param>
    /// <param name="container">What its main container is called.</param>
    /// <param name="selector">The label selector of the pods of its role.</param>
    /// <param name="processes">Acts on pods' processes.</param>
    /// <param name="objects">Acts on pods as objects of the API server.</param>
    /// <param name="time">The clock.</param>
    public ReplicaPodNode(string name, string role, string container, string selector, PodProcesses processes, PodObjects objects, TimeProvider time)
        : base(name, role, container, selector, processes, objects, time)
    {
    }
}

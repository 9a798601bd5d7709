using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>The nodes of a stack that is there already, and which pod each of them is right now.</summary>
/// <remarks>
/// Nobody's pods are called like nodes, so a node is a place that pods follow each other in. The next pod of a place is
/// the one of the same name (a StatefulSet's), else the one on the same Kubernetes node (a DaemonSet's), else whichever
/// comes when a place is free (a Deployment's).
/// </remarks>
internal sealed class ExistingNodes : IPodDirectory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Role, string Pod), PodFacts> _waiting = [];
    private readonly Place[] _places;
    private readonly PodProcesses? _processes;
    private readonly TimeProvider _time;

    /// <summary>Creates the nodes; each has the pod in which it was found.</summary>
    /// <param name="found">The stack.</param>
    /// <param name="kubectl">For any namespace.</param>
    /// <param name="processes">Acts on pods' processes; null when no helpers were started.</param>
    /// <param name="time">The clock.</param>
    public ExistingNodes(FoundStack found, IKubectl kubectl, PodProcesses? processes, TimeProvider time)
    {
        (_processes, _time) = (processes, time);
        _places =
        [
            .. from role in found.Roles
               from pod in role.Pods.Select((facts, index) => (Facts: facts, Index: index + 1))
               select new Place(Make(role, role.NodeName(pod.Index), new PodObjects(kubectl.InNamespace(role.Where.Namespace)))),
        ];
        All = [.. _places.Select(place => place.Node)];
        foreach (var (place, pod) in _places.Zip(found.Roles.SelectMany(role => role.Pods)))
        {
            place.See(pod);
        }
    }

    /// <summary>Gets the nodes, in the order in which a stack is drawn.</summary>
    public IReadOnlyList<PodNode> All { get; }

    /// <summary>Returns the nodes of a role.</summary>
    /// <param name="role">The role.</param>
    public IReadOnlyList<PodNode> OfRole(string role) => [.. All.Where(node => node.Role == role)];

    /// <summary>Takes in what the API server says of a pod.</summary>
    /// <param name="role">The role by whose selector it was found.</param>
    /// <param name="name">The pod's name.</param>
    /// <param name="pod">The pod; null when it is gone.</param>
    public void See(string role, string name, PodFacts? pod)
    {
        lock (_gate)
        {
            var place = _places.FirstOrDefault(place => place.Node.Role == role && place.Node.Pod is { } its && its.Name == name && (pod is null || its.Uid == pod.Uid));
            place?.See(pod);
            _waiting.Remove((role, name));
            if (place is null && pod is { IsTerminating: false })
            {
                _waiting[(role, name)] = pod;
            }

            Fill(role);
        }
    }

    /// <inheritdoc/>
    public ValueTask<PodIdentity> FindAsync(INode node, CancellationToken cancellationToken) => ValueTask.FromResult(((PodNode)node).Identity);

    // What can be done to a node is told by what it is.
    private PodNode Make(FoundRole found, string name, PodObjects objects) => (found.Owner, _processes) switch
    {
        (null, _) => new PodNode(name, found.Role, found.Container),
        ({ HasReplicas: true }, null) => new ExistingReplicaNode(name, found, objects),
        (_, null) => new ObjectPodNode(name, found.Role, found.Container, found.Where.Selector, objects),
        ({ HasReplicas: true }, { } processes) => new ReplicaPodNode(name, found.Role, found.Container, found.Where.Selector, processes, objects, _time),
        (_, { } processes) => new ProcessPodNode(name, found.Role, found.Container, found.Where.Selector, processes, objects, _time),
    };

    private void Fill(string role)
    {
        // A pod without a Kubernetes node does not say yet whose place it takes.
        foreach (var (key, pod) in _waiting.Where(one => one.Key.Role == role).OrderBy(one => one.Value, PodOrder.Of(role)).ToArray())
        {
            var free = _places.Where(place => place.Node.Role == role && place.IsFree).ToArray();
            var place = free.FirstOrDefault(place => place.LastName == pod.Name)
                ?? (pod.KubernetesNode is null ? null : free.FirstOrDefault(place => place.LastKubernetesNode == pod.KubernetesNode) ?? free.FirstOrDefault());
            if (place is not null)
            {
                place.See(pod);
                _waiting.Remove(key);
            }
        }
    }

    private sealed class Place(PodNode node)
    {
        public PodNode Node { get; } = node;

        public bool IsFree => Node.Pod is null or { IsTerminating: true };

        public string? LastName { get; private set; }

        public string? LastKubernetesNode { get; private set; }

        public void See(PodFacts? pod)
        {
            LastName = pod?.Name ?? LastName;
            LastKubernetesNode = pod?.KubernetesNode ?? LastKubernetesNode;
            Node.See(pod);
        }
    }
}

using System.Net;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;

namespace Validation.Environments.Cluster;

/// <summary>The nodes of a stack in a cluster, and which pod each of them is right now.</summary>
/// <remarks>
/// Pods of StatefulSets are called like the nodes. Pods of DaemonSets have names nobody chose: they are counted in the
/// order of the Kubernetes nodes that they are on, which stays the same when a pod is made anew.
/// </remarks>
internal sealed class ClusterNodes : IPodDirectory
{
    private readonly Dictionary<string, int> _byKubernetesNode;
    private readonly IReadOnlyList<string> _kubernetesNodes;

    /// <summary>Creates the nodes.</summary>
    /// <param name="stack">What the scenario asks for.</param>
    /// <param name="kubernetesNodes">The Kubernetes nodes that take pods, in the order of their names.</param>
    /// <param name="processes">Acts on pods' processes.</param>
    /// <param name="objects">Acts on pods as objects of the API server.</param>
    /// <param name="time">The clock.</param>
    public ClusterNodes(
        StackSpec stack, IReadOnlyList<string> kubernetesNodes, PodProcesses processes, PodObjects objects, TimeProvider time)
    {
        _kubernetesNodes = kubernetesNodes;
        All =
        [
            .. NamesOf(stack).Select(node => node.Role == Roles.Workload ? new PodNode(node.Name, node.Role)
                : ClusterCommands.HasReplicas(node.Role) ? new ReplicaPodNode(node.Name, node.Role, processes, objects, time)
                : new ProcessPodNode(node.Name, node.Role, processes, objects, time)),
        ];
        _byKubernetesNode = NamesOf(stack).Where(node => !ClusterCommands.HasReplicas(node.Role))
            .ToDictionary(node => node.Name, node => IndexOf(node.Name));
    }

    /// <summary>Gets the nodes; what is used first, its users last.</summary>
    public IReadOnlyList<PodNode> All { get; }

    /// <summary>Returns the names and roles of the nodes that a stack has in a cluster.</summary>
    /// <remarks>Patroni keeps its leader lock with the API server there, so there is no <c>dcs</c>; and names are the cluster's.</remarks>
    /// <param name="stack">What the scenario asks for.</param>
    public static IEnumerable<(string Name, string Role)> NamesOf(StackSpec stack) =>
        stack.NodeNames().Where(node => node.Role is not (Roles.Dcs or Roles.Dns));

    /// <summary>Returns where a node is now, for an address that it had when somebody asked for it.</summary>
    /// <param name="address">The address.</param>
    /// <returns>The address itself, unless it was that of an earlier pod and nobody has it now.</returns>
    public IPAddress Present(IPAddress address) => All.Any(node => node.Address.Equals(address))
        ? address
        : All.FirstOrDefault(node => node.HadAddress(address))?.Address ?? address;

    /// <summary>Returns the nodes of a role.</summary>
    /// <param name="role">The role.</param>
    public IReadOnlyList<PodNode> OfRole(string role) => [.. All.Where(node => node.Role == role)];

    /// <summary>Returns the Kubernetes node of a node whose pods are counted by it.</summary>
    /// <param name="node">The node.</param>
    public string KubernetesNodeOf(PodNode node) => _kubernetesNodes[_byKubernetesNode[node.Name] - 1];

    /// <summary>Takes in what the API server says of a pod.</summary>
    /// <param name="name">The pod's name.</param>
    /// <param name="pod">The pod; null when it is gone.</param>
    public void See(string name, PodFacts? pod)
    {
        if (pod is null)
        {
            // Its successor may have been seen already; then the node is not in that pod any more.
            All.FirstOrDefault(node => node.Pod?.Name == name)?.See(null);
        }
        else if (Find(pod) is { } node && !IsOvertaken(node, pod))
        {
            node.See(pod);
        }
    }

    /// <inheritdoc/>
    public ValueTask<PodIdentity> FindAsync(INode node, CancellationToken cancellationToken) => ValueTask.FromResult(((PodNode)node).Identity);

    private static int IndexOf(string name) => int.Parse(name.AsSpan(name.LastIndexOf('-') + 1), System.Globalization.CultureInfo.InvariantCulture);

    // While an old pod of a DaemonSet ends, the new one is there already.
    private static bool IsOvertaken(PodNode node, PodFacts pod) =>
        pod.IsTerminating && node.Pod is { IsTerminating: false } known && known.Uid != pod.Uid;

    private PodNode? Find(PodFacts pod) => All.FirstOrDefault(node =>
        node.Role == pod.Role
        && (_byKubernetesNode.ContainsKey(node.Name) ? pod.KubernetesNode is { } where && KubernetesNodeOf(node) == where : node.Name == pod.Name));
}

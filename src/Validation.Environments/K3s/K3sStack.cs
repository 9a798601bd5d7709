using System.Net;
using System.Security.Cryptography.X509Certificates;
using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Environments.K3s;

/// <summary>A stack in a throw-away cluster: what it is in any cluster, and the Kubernetes nodes beneath it.</summary>
/// <remarks>Disposing removes the cluster, and with it whatever the stack had there.</remarks>
internal sealed class K3sStack : IStack, INetworkControl, IDatabaseCluster, ISpireStack, ISpireControl, IWorkerStack, IRolloutControl, IScaleControl, ICordonControl, IEvictionControl, IStackWorld
{
    private readonly IStack _stack;
    private readonly INetworkControl _podNetwork;
    private readonly IDatabaseCluster _database;
    private readonly ISpireStack _spire;
    private readonly IReadOnlyList<KubernetesNode> _kubernetesNodes;
    private readonly NodeNetwork _nodeNetwork;
    private readonly KubernetesNodeWatch _watch;
    private readonly K3sCluster _cluster;

    /// <summary>Creates it.</summary>
    /// <param name="stack">The stack as it is in any cluster.</param>
    /// <param name="kubernetesNodes">The Kubernetes nodes.</param>
    /// <param name="nodeNetwork">Cuts links between them.</param>
    /// <param name="watch">Looks at them.</param>
    /// <param name="cluster">The cluster.</param>
    public K3sStack(
        IStack stack, IReadOnlyList<KubernetesNode> kubernetesNodes, NodeNetwork nodeNetwork, KubernetesNodeWatch watch, K3sCluster cluster)
    {
        (_stack, _kubernetesNodes, _nodeNetwork, _watch, _cluster) = (stack, kubernetesNodes, nodeNetwork, watch, cluster);
        (_podNetwork, _database, _spire) = ((INetworkControl)stack, (IDatabaseCluster)stack, (ISpireStack)stack);
        Facts = new Dictionary<string, string>(stack.Facts);
    }

    /// <inheritdoc/>
    public IReadOnlyList<INode> Nodes => [.. _stack.Nodes, .. _kubernetesNodes];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Facts { get; init; }

    /// <inheritdoc/>
    public string TrustDomain => _spire.TrustDomain;

    /// <inheritdoc/>
    public string Flavor => _spire.Flavor;

    /// <inheritdoc/>
    public IPEndPoint LoadBalancedApi => _spire.LoadBalancedApi;

    /// <inheritdoc/>
    public IReadOnlyList<SpireServerAccess> Servers => _spire.Servers;

    /// <inheritdoc/>
    public IReadOnlyList<SpireAgentAccess> Agents => _spire.Agents;

    /// <inheritdoc/>
    public X509Certificate2 NodeAuthority => _spire.NodeAuthority;

    /// <inheritdoc/>
    public string AdministratorId => _spire.AdministratorId;

    /// <inheritdoc/>
    public async Task WatchAsync(IEventSink events, CancellationToken cancellationToken)
    {
        void Record(KubernetesNode node, NodeStatus status) =>
            events.Record(new NodeChanged(node.Name, status.State, status.Restarts, status.Reason));

        foreach (var node in _kubernetesNodes)
        {
            Record(node, node.Status);
            node.StateChanged += Record;
        }

        try
        {
            await _stack.WatchAsync(events, cancellationToken);
        }
        finally
        {
            foreach (var node in _kubernetesNodes)
            {
                node.StateChanged -= Record;
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="HarnessException">A link leads from a Kubernetes node to something inside of one.</exception>
    public Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken)
    {
        if (links.FirstOrDefault(IsMixed) is { From: not null } mixed)
        {
            throw new HarnessException(
                ExitCode.InvalidInput, $"{mixed} cannot be cut: one is a Kubernetes node, the other one runs on Kubernetes nodes.", "Name Kubernetes nodes on both sides, or on none.");
        }

        return Of(links.Any(IsOfKubernetesNodes)).CutAsync(links, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Between a Kubernetes node and something inside of one there is no link of its own, so nothing arrives on it.</remarks>
    public Task<bool> ProbeAsync(Link link, CancellationToken cancellationToken) => IsMixed(link)
        ? Task.FromResult(false)
        : Of(IsOfKubernetesNodes(link)).ProbeAsync(link, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DatabaseMember>> GetMembersAsync(CancellationToken cancellationToken) => _database.GetMembersAsync(cancellationToken);

    /// <inheritdoc/>
    public Task SwitchoverAsync(INode from, INode to, CancellationToken cancellationToken) => _database.SwitchoverAsync(from, to, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> TryWriteAsync(CancellationToken cancellationToken) => _database.TryWriteAsync(cancellationToken);

    /// <inheritdoc/>
    public ISpireServerControl ControlOf(INode server) => ((ISpireControl)_stack).ControlOf(server);

    /// <inheritdoc/>
    public ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken) => _spire.DialAsync(endPoint, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadEntryIdsAsync(CancellationToken cancellationToken) => _spire.ReadEntryIdsAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<IWorkerGroup> StartWorkersAsync(int count, IProgress<string> progress, CancellationToken cancellationToken) =>
        ((IWorkerStack)_stack).StartWorkersAsync(count, progress, cancellationToken);

    /// <inheritdoc/>
    public Task RestartAsync(string role, CancellationToken cancellationToken) => ((IRolloutControl)_stack).RestartAsync(role, cancellationToken);

    /// <inheritdoc/>
    public Task ScaleAsync(string role, int replicas, CancellationToken cancellationToken) =>
        ((IScaleControl)_stack).ScaleAsync(role, replicas, cancellationToken);

    /// <inheritdoc/>
    public Task<ICordon> CordonAsync(IReadOnlyCollection<string> kubernetesNodes, CancellationToken cancellationToken) =>
        ((ICordonControl)_stack).CordonAsync(kubernetesNodes, cancellationToken);

    /// <inheritdoc/>
    public Task<EvictionAnswer> EvictAsync(IReplica pod, CancellationToken cancellationToken) => ((IEvictionControl)_stack).EvictAsync(pod, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, string>> ReadWorldAsync(CancellationToken cancellationToken) => ((IStackWorld)_stack).ReadWorldAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            // Ends what the harness holds open, and keeps the pods' logs.
            await _stack.DisposeAsync();
        }
        catch (HarnessException)
        {
            // The API server may be down for good after a fault; all that was in the cluster goes with its containers.
        }
        finally
        {
            await _watch.DisposeAsync();
            _nodeNetwork.Dispose();
            await _cluster.DisposeAsync();
        }
    }

    private INetworkControl Of(bool kubernetesNodes) => kubernetesNodes ? _nodeNetwork : _podNetwork;

    private static bool IsOfKubernetesNodes(Link link) => link is { From: KubernetesNode, To: KubernetesNode };

    private static bool IsMixed(Link link) => link.From is KubernetesNode != link.To is KubernetesNode;
}

using System.Net;
using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Attestation;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Administration;
using Validation.Environments.Cluster.Cordons;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Relay;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Cluster.Workers;
using Validation.Environments.Local.Database;
using Validation.Environments.Local.Nodes;
using SpireTrustDomain = Spire.Wire.Certificates.TrustDomain;

namespace Validation.Environments.Cluster;

/// <summary>A stack of the harness' own that runs in a cluster.</summary>
/// <remarks>
/// Everything the harness asks of it begins in a pod of the stack: the load in <c>workload-1</c>, so that it takes the
/// way on which network faults act.
/// </remarks>
internal sealed class ClusterStack : IStack, INetworkControl, IDatabaseCluster, ISpireStack, ISpireControl, IWorkerStack, IRolloutControl, IScaleControl, ICordonControl, IEvictionControl, IStackWorld
{
    // A question goes through the API server to a pod and from there to Patroni.
    private static readonly TimeSpan PatroniLimit = TimeSpan.FromSeconds(2);

    private readonly ClusterParts _parts;
    private readonly PatroniClient _patroni;
    private readonly DatabaseAccess _database;
    private readonly LoopbackForward _writes;
    private readonly TimeProvider _time;
    private int _isDown;

    /// <summary>Creates the stack.</summary>
    /// <param name="parts">What it is made of; disposed of with it.</param>
    /// <param name="time">The clock.</param>
    public ClusterStack(ClusterParts parts, TimeProvider time)
    {
        (_parts, _time) = (parts, time);
        _patroni = new PatroniClient(DialAsync, PatroniLimit);
        _database = new DatabaseAccess(parts.Material.Secrets);
        _writes = new LoopbackForward(token => DialAsync(new IPEndPoint(LoadBalancer.Address, Ports.Postgres), token), time);
    }

    /// <inheritdoc/>
    public IReadOnlyList<INode> Nodes => _parts.Nodes.All;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Facts { get; set; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public string TrustDomain => SpireNames.TrustDomain;

    /// <inheritdoc/>
    public string Flavor => _parts.Flavor;

    /// <inheritdoc/>
    public IPEndPoint LoadBalancedApi => new(LoadBalancer.Address, Ports.SpireApi);

    /// <inheritdoc/>
    public IReadOnlyList<SpireServerAccess> Servers =>
    [
        .. _parts.Nodes.OfRole(Roles.SpireServer).Select(node => new SpireServerAccess(
            node, new IPEndPoint(node.Address, Ports.SpireApi), DialServer(node.Name))),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<SpireAgentAccess> Agents =>
    [
        .. _parts.Nodes.OfRole(Roles.SpireAgent).Select(node => new SpireAgentAccess(
            node,
            token => RelayBeside(node).DialAsync(ClusterPlaces.AgentSocket, token),
            ClusterPlaces.HarnessSelector,
            AgentIdOn(_parts.Nodes.KubernetesNodeOf(node)))),
    ];

    /// <inheritdoc/>
    public X509Certificate2 NodeAuthority => _parts.Material.Authority.Certificate;

    /// <inheritdoc/>
    public string AdministratorId => SpireNames.AdministratorId;

    private string AgentIdOn(string kubernetesNode) => _parts.Deployment.Stack.NodeAttestor == NodeAttestors.K8sPsat
        ? PsatAttestation.AgentId(SpireTrustDomain.Parse(TrustDomain), ClusterNames.PsatCluster, _parts.Deployment.KubernetesNodeIds[kubernetesNode]).ToString()
        : _parts.Material.IdentityOf(kubernetesNode).AgentId;

    private PodNode LoadBalancer => _parts.Nodes.OfRole(Roles.LoadBalancer)[0];

    private PodNode Workload => _parts.Nodes.OfRole(Roles.Workload)[0];

    private WriteProbe WriteProbe => new(_database, _writes.LocalEndPoint, _time);

    /// <summary>Returns what opens connections to a server's private socket.</summary>
    /// <param name="pod">The server's pod.</param>
    public Func<CancellationToken, ValueTask<Stream>> DialServer(string pod) =>
        token => _parts.Relays.In(pod).DialAsync(ClusterPlaces.ServerSocket, token);

    /// <inheritdoc/>
    public async Task WatchAsync(IEventSink events, CancellationToken cancellationToken)
    {
        var nodes = _parts.Nodes.All;
        void Record(PodNode node, NodeStatus status) =>
            events.Record(new NodeChanged(node.Name, status.State, status.Restarts, status.Reason));

        foreach (var node in nodes)
        {
            node.StateChanged += Record;
        }

        // Where everything stands when the watching begins; the first of these lines sets the clock for the gaps.
        var clock = new EventClock(() => events.Record(StateOf(nodes[0])), _time);
        foreach (var node in nodes.Skip(1))
        {
            events.Record(StateOf(node));
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] watches = [.. WatchDatabase(events, clock, ended.Token), new WatchTrouble(_parts.Watch, _time).RecordAsync(events, ended.Token)];
        try
        {
            await await Task.WhenAny(watches);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(watches).ContinueWith(_ => { }, TaskScheduler.Default);
            foreach (var node in nodes)
            {
                node.StateChanged -= Record;
            }
        }
    }

    /// <inheritdoc/>
    public Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken) =>
        _parts.Network.CutAsync(links, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ProbeAsync(Link link, CancellationToken cancellationToken) => _parts.Network.ProbeAsync(link, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, string>> ReadWorldAsync(CancellationToken cancellationToken) =>
        await new ClusterWorld(_parts.Kubectl).ReadAsync(await GetMembersAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DatabaseMember>> GetMembersAsync(CancellationToken cancellationToken) =>
        DatabaseMembers.Of(await Task.WhenAll(_parts.Nodes.OfRole(Roles.Postgres).Select(async node =>
            (Node: (INode)node, Report: await AskPatroniAsync(node, cancellationToken)))));

    /// <inheritdoc/>
    public Task SwitchoverAsync(INode from, INode to, CancellationToken cancellationToken) =>
        _patroni.SwitchoverAsync(from.Address, from.Name, to.Name, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> TryWriteAsync(CancellationToken cancellationToken) => WriteProbe.TryOnceAsync(cancellationToken);

    /// <summary>Makes the table in which writes are tried.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task MakeWriteTableAsync(CancellationToken cancellationToken) =>
        DatabaseSetup.MakeWriteTableAsync(_database, _writes.LocalEndPoint, cancellationToken);

    /// <inheritdoc/>
    public Task RestartAsync(string role, CancellationToken cancellationToken) =>
        _parts.Kubectl.RequireAsync(ClusterCommands.Restart(role), cancellationToken);

    /// <inheritdoc/>
    public Task ScaleAsync(string role, int replicas, CancellationToken cancellationToken) =>
        _parts.Kubectl.RequireAsync(ClusterCommands.Scale(role, replicas), cancellationToken);

    /// <inheritdoc/>
    public async Task<ICordon> CordonAsync(IReadOnlyCollection<string> kubernetesNodes, CancellationToken cancellationToken) =>
        await ClusterCordon.BeginAsync(new CordonMarks(_parts.Kubectl), kubernetesNodes, _parts.Deployment.Run, _time, cancellationToken);

    /// <inheritdoc/>
    public Task<EvictionAnswer> EvictAsync(IReplica pod, CancellationToken cancellationToken) =>
        _parts.Objects.EvictAsync(((PodNode)pod).RequirePod(), cancellationToken);

    /// <inheritdoc/>
    public ISpireServerControl ControlOf(INode server) => new SpireServerControl(Servers.Single(one => one.Node.Name == server.Name), TrustDomain);

    /// <inheritdoc/>
    /// <remarks>A node that is another pod by now is dialled where it is now: whoever asked for its address meant the node.</remarks>
    public ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken) => _parts.Relays.In(PodOf(Workload))
        .DialAsync(new IPEndPoint(_parts.Nodes.Present(endPoint.Address), endPoint.Port), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadEntryIdsAsync(CancellationToken cancellationToken)
    {
        var members = await GetMembersAsync(cancellationToken);
        var primary = members.FirstOrDefault(member => member.Role == DatabaseRole.Primary)?.Node ?? throw new HarnessException(
            ExitCode.EnvironmentFailed, "The registration entries cannot be read: the database has no primary right now.");
        await using var way = new LoopbackForward(token => DialAsync(new IPEndPoint(primary.Address, Ports.Postgres), token), _time);
        return await RegistrationTable.ReadIdsAsync(_database, way.LocalEndPoint, primary.Name, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IWorkerGroup> StartWorkersAsync(int count, IProgress<string> progress, CancellationToken cancellationToken) =>
        await ClusterWorkers.StartAsync(count, _parts, _time, progress, cancellationToken);

    /// <summary>Returns a line for each node: its name, its pod and where that is.</summary>
    public IReadOnlyList<string> DescribeNodes() =>
        [.. _parts.Nodes.All.Select(node => $"{node.Name}: pod {node.Pod?.Name ?? "none"} on {node.Pod?.KubernetesNode ?? "no Kubernetes node"}, {node.Address}, {node.Status.State}")];

    /// <summary>Lets go of the stack, which stays up.</summary>
    public async Task LeaveUpAsync()
    {
        if (Interlocked.Exchange(ref _isDown, 1) == 0)
        {
            await CloseAsync();
            await _parts.LeaveUpAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDown, 1) == 0)
        {
            await CloseAsync();
            await _parts.DisposeAsync();
        }
    }

    private async Task CloseAsync()
    {
        await _writes.DisposeAsync();
        _patroni.Dispose();
    }

    private static NodeChanged StateOf(PodNode node) => new(node.Name, node.Status.State, node.Status.Restarts, node.Status.Reason);

    private static string PodOf(PodNode node) => node.Pod?.Name ?? throw new IOException(node.Absence);

    // The relay on the agent's Kubernetes node sees the agent's socket; that of another node sees another agent's.
    private RelayClient RelayBeside(PodNode agent)
    {
        var where = _parts.Nodes.KubernetesNodeOf(agent);
        var relay = _parts.Watch.Pods.FirstOrDefault(pod => pod.Role == Roles.Workload && pod.KubernetesNode == where && !pod.IsTerminating);
        return _parts.Relays.In(relay?.Name ?? throw new IOException($"there is no workload pod on {where}, where {agent.Name} is"));
    }

    private async Task<PatroniReport> AskPatroniAsync(PodNode node, CancellationToken cancellationToken) =>
        node.Pod is null ? PatroniReport.Unreachable : await _patroni.AskAsync(node.Address, cancellationToken);

    private IEnumerable<Task> WatchDatabase(IEventSink events, EventClock clock, CancellationToken cancellationToken)
    {
        foreach (var node in _parts.Nodes.OfRole(Roles.Postgres))
        {
            yield return new DatabaseRoleWatch(node.Name, token => AskPatroniAsync(node, token), _time).WatchAsync(events, cancellationToken);
        }

        yield return WriteProbe.WatchAsync(events, clock, cancellationToken);
    }
}

using System.Net;
using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Grpc.Client;
using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.Environments.Administration;
using Validation.Environments.Local.Database;
using Validation.Environments.Local.Impairing;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Nodes;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Resources;
using Validation.Environments.Local.Supervisor;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Local.Workers;
using Validation.Environments.Local.World;
using Validation.Environments.Network;

namespace Validation.Environments.Local;

/// <summary>A stack that runs in this sandbox.</summary>
internal sealed class LocalStack
    : IStack,
        INetworkControl,
        ILinkImpairment,
        IConnectionControl,
        IAgentConnections,
        IDatabaseCluster,
        IDatabaseControl,
        INameControl,
        ISpireStack,
        ISpireControl,
        ISourceAddresses,
        IBalancerControl,
        IWorkerStack,
        IStackWorld,
        IStackMeter
{
    private readonly List<INode> _nodes = [];
    private readonly Dictionary<string, NodeIdentity> _identities = [];
    private readonly PatroniClient _patroni = new();
    private readonly NodeAuthority _authority;
    private readonly StackLayout _layout;
    private readonly StarNetwork _network;
    private readonly DatabaseAccess _database;
    private readonly LinkImpairments _impairments;
    private readonly TimeProvider _time;
    private readonly string? _flavor;
    private LinkLeases? _leases;
    private DirectoryInfo? _logs;
    private uint _sources;
    private int _isDown;

    /// <summary>Creates the stack; none of its nodes runs yet.</summary>
    /// <param name="layout">Which nodes it has.</param>
    /// <param name="network">Its network.</param>
    /// <param name="flavor">Which SPIRE it runs; null when it runs none.</param>
    /// <param name="time">The clock.</param>
    public LocalStack(StackLayout layout, StarNetwork network, string? flavor, TimeProvider time)
    {
        (_layout, _network, _flavor, _time) = (layout, network, flavor, time);
        _authority = new NodeAuthority(time);
        _impairments = new LinkImpairments(time);
        _database = new DatabaseAccess(layout.Secrets);
    }

    /// <inheritdoc/>
    public IReadOnlyList<INode> Nodes => _nodes;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Facts { get; set; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public string TrustDomain => SpireNames.TrustDomain;

    /// <inheritdoc/>
    public string Flavor => _flavor ?? throw new InvalidOperationException("The stack has no SPIRE.");

    /// <inheritdoc/>
    public IPEndPoint LoadBalancedApi => new(_layout.Only(Roles.LoadBalancer).Address, Ports.SpireApi);

    /// <inheritdoc/>
    public IReadOnlyList<SpireServerAccess> Servers =>
    [
        .. _layout.OfRole(Roles.SpireServer).Select(place => new SpireServerAccess(
            NodeNamed(place.Name), new IPEndPoint(place.Address, Ports.SpireApi), Dialer.Unix(SpireServerNode.AdminSocket(place)))),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<SpireAgentAccess> Agents =>
    [
        .. _layout.OfRole(Roles.SpireAgent).Select(place => new SpireAgentAccess(
            NodeNamed(place.Name), Dialer.Unix(SpireAgentNode.WorkloadSocket(place)), SpireNames.HarnessSelector, _identities[place.Name].AgentId)),
    ];

    /// <inheritdoc/>
    public X509Certificate2 NodeAuthority => _authority.Certificate;

    /// <inheritdoc/>
    public string AdministratorId => SpireNames.AdministratorId;

    /// <inheritdoc/>
    public string ApplicationRole => DatabaseNames.Spire;

    private WriteProbe WriteProbe => new(_database, new IPEndPoint(_layout.Only(Roles.LoadBalancer).Address, Ports.Postgres), _time);

    private BalancerSocket Balancer => new(LoadBalancerNode.OrderSocket(_layout.Only(Roles.LoadBalancer)));

    /// <summary>Makes the table in which links are cut.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task MakeNetworkControlAsync(CancellationToken cancellationToken) =>
        _leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, _time, cancellationToken);

    /// <summary>Adds a node that needs no start.</summary>
    /// <param name="node">The node.</param>
    public void Add(INode node) => _nodes.Add(node);

    /// <summary>Starts a node.</summary>
    /// <param name="program">What runs on it.</param>
    /// <param name="logs">The directory for its log.</param>
    public ProcessNode Start(NodeProgram program, DirectoryInfo logs)
    {
        _logs = logs;
        NodeStorage.Make(program.Directory);
        program.WriteFiles();
        var node = new ProcessNode(program, _network.Of(program.Name), new NodeLog(logs, program.Name, _time), _time);
        _nodes.Add(node);
        node.Start();
        return node;
    }

    /// <summary>Issues the certificate by which an agent proves which node it is on.</summary>
    /// <param name="agent">The agent.</param>
    public NodeIdentity IssueIdentity(NodePlace agent) => _identities[agent.Name] = _authority.Issue(agent.Name);

    /// <inheritdoc/>
    public async Task WatchAsync(IEventSink events, CancellationToken cancellationToken)
    {
        var processes = _nodes.OfType<ProcessNode>().ToArray();
        void Record(ProcessNode node, NodeStatus status) =>
            events.Record(new NodeChanged(node.Name, status.State, status.Restarts, status.Reason));

        Array.ForEach(processes, node => node.StateChanged += Record);
        // Where everything stands when the watching begins; the first of these lines sets the clock for the gaps.
        var clock = new EventClock(() => events.Record(StateOf(_nodes[0])), _time);
        foreach (var node in _nodes.Skip(1))
        {
            events.Record(StateOf(node));
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] watches = [.. WatchDatabase(events, clock, ended.Token), Task.Delay(Timeout.InfiniteTimeSpan, _time, ended.Token)];
        try
        {
            // The first one to end does so because the run is over, or because it cannot go on and must say so.
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
            Array.ForEach(processes, node => node.StateChanged -= Record);
        }
    }

    /// <inheritdoc/>
    public Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken) =>
        _leases!.CutAsync(links, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ProbeAsync(Link link, CancellationToken cancellationToken) =>
        ReachabilityProbe.TryAsync(_network.Of(link.From.Name), _network.Of(link.To.Name), _time, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ProbeAsideAsync(Link link, CancellationToken cancellationToken) =>
        ReachabilityProbe.TryAsideAsync(_network.Of(link.From.Name), _network.Of(link.To.Name), _time, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> TryLookUpAsync(INode node, CancellationToken cancellationToken) => LookUpProbe.TryAsync(
        _network.Of(node.Name), new IPEndPoint(_layout.Only(Roles.Dns).Address, Ports.Dns), DnsNode.NameOf(node.Name), node.Address, _time, cancellationToken);

    /// <inheritdoc/>
    public Task PrepareImpairingAsync(CancellationToken cancellationToken) => _impairments.PrepareImpairingAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<IImpairedTraffic> ImpairAsync(IReadOnlyCollection<Traffic> traffic, Impairment impairment, CancellationToken cancellationToken) =>
        _impairments.ImpairAsync(traffic, impairment, cancellationToken);

    /// <inheritdoc/>
    public Task<IImpairedTraffic> ResetAsync(IReadOnlyCollection<Traffic> traffic, TcpPackets packets, CancellationToken cancellationToken) =>
        _impairments.ResetAsync(traffic, packets, cancellationToken);

    /// <inheritdoc/>
    public Task<DatagramArrivals> SendAsync(Traffic traffic, DatagramSeries series, CancellationToken cancellationToken) => SeriesProbe.SendAsync(
        _network.Of(traffic.Link.From.Name), _network.Of(traffic.Link.To.Name), traffic.Port, series, _time, cancellationToken);

    /// <inheritdoc/>
    public Task<ConnectionOutcome> TryConnectionAsync(Traffic traffic, CancellationToken cancellationToken) =>
        ConnectionProbe.TryAsync(_network.Of(traffic.Link.From.Name), _network.Of(traffic.Link.To.Name), traffic.Port, cancellationToken);

    /// <inheritdoc/>
    public Task<TimeSpan?> MeasureCloseAsync(Traffic traffic, TimeSpan patience, CancellationToken cancellationToken) =>
        CloseProbe.MeasureAsync(_network.Of(traffic.Link.From.Name), _network.Of(traffic.Link.To.Name), traffic.Port, patience, _time, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DatabaseMember>> GetMembersAsync(CancellationToken cancellationToken)
    {
        var reports = await Task.WhenAll(_layout.OfRole(Roles.Postgres).Select(async place =>
            (Node: NodeNamed(place.Name), Report: await _patroni.AskAsync(place.Address, cancellationToken))));
        return DatabaseMembers.Of(reports);
    }

    /// <summary>Lets replication in a new database begin, or become synchronous, earlier than it does by itself.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task HastenReplicationAsync(CancellationToken cancellationToken) =>
        new ReplicationStart(_patroni, _database, [.. _layout.OfRole(Roles.Postgres).Select(place => place.Address)]).HastenAsync(cancellationToken);

    /// <inheritdoc/>
    public Task SwitchoverAsync(INode from, INode to, CancellationToken cancellationToken) =>
        _patroni.SwitchoverAsync(from.Address, from.Name, to.Name, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> TryWriteAsync(CancellationToken cancellationToken) => WriteProbe.TryOnceAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<IDatabaseSession> OpenAsync(INode node, TimeSpan lease, CancellationToken cancellationToken) =>
        await DatabaseSession.OpenAsync(_database, node.Name, new IPEndPoint(node.Address, Ports.Postgres), lease, cancellationToken);

    /// <inheritdoc/>
    public Task<string?> TryLoginAsync(INode node, CancellationToken cancellationToken) =>
        DatabaseSession.TryLoginAsync(_database, new IPEndPoint(node.Address, Ports.Postgres), cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<IPEndPoint> ReadClients(INode node, int port) => new OpenConnections(_network.Of(node.Name).Identity, port).Clients();

    /// <inheritdoc/>
    public void ResetClients(INode node, int port) => new OpenConnections(_network.Of(node.Name).Identity, port).Reset();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<INode>> FindServersAsync(INode agent, CancellationToken cancellationToken)
    {
        var balancer = NodeNamed(_layout.Only(Roles.LoadBalancer).Name);
        var servers = await new AgentConnections(Balancer, _time).FindServersAsync(
            () => [.. ReadClients(balancer, Ports.SpireApi).Where(client => client.Address.Equals(agent.Address))], cancellationToken);
        return [.. servers.Select(NodeNamed)];
    }

    /// <inheritdoc/>
    public ISpireServerControl ControlOf(INode server) => new SpireServerControl(Servers.Single(one => one.Node == server), TrustDomain);

    /// <inheritdoc/>
    public ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken) =>
        _network.Of(_layout.Only(Roles.Workload).Name).DialAsync(endPoint, cancellationToken);

    /// <inheritdoc/>
    public IPAddress NextSourceAddress() => StarAddresses.Other(_layout.Only(Roles.Workload).Address, Interlocked.Increment(ref _sources) - 1);

    /// <inheritdoc/>
    public ValueTask<Stream> DialAsync(IPAddress source, IPEndPoint endPoint, CancellationToken cancellationToken) =>
        _network.Of(_layout.Only(Roles.Workload).Name).DialAsync(endPoint, cancellationToken, source);

    /// <inheritdoc/>
    public async Task<IWorkerGroup> StartWorkersAsync(int count, IProgress<string> progress, CancellationToken cancellationToken)
    {
        progress.Report($"starting {count} load workers");
        return await LocalWorkers.StartAsync(
            count,
            _network.Of(_layout.Only(Roles.Workload).Name),
            new DirectoryInfo(Path.Combine(SandboxPaths.Root, "workers")),
            _logs ?? throw new InvalidOperationException("Nothing was started yet."),
            _layout.OfRole(Roles.SpireAgent).ToDictionary(place => place.Name, SpireAgentNode.WorkloadSocket),
            _time,
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadEntryIdsAsync(CancellationToken cancellationToken)
    {
        var members = await GetMembersAsync(cancellationToken);
        var primary = members.FirstOrDefault(member => member.Role == DatabaseRole.Primary) ?? throw new HarnessException(
            ExitCode.EnvironmentFailed, "The registration entries cannot be read: the database has no primary right now.");
        return await RegistrationTable.ReadIdsAsync(
            _database, new IPEndPoint(primary.Node.Address, Ports.Postgres), primary.Node.Name, cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReportDownAsync(INode backEnd, CancellationToken cancellationToken) => Balancer.ReportDownAsync(backEnd, cancellationToken);

    /// <inheritdoc/>
    public Task<BackEndState> ReadBackEndAsync(INode backEnd, CancellationToken cancellationToken) => Balancer.ReadAsync(backEnd, cancellationToken);

    /// <inheritdoc/>
    public Task HoldAffinityAsync(TimeSpan lease, CancellationToken cancellationToken) => Balancer.HoldAffinityAsync(_time.GetUtcNow() + lease, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> TryConnectionsAsync(int count, CancellationToken cancellationToken) =>
        BalancedConnections.TryAsync(count, token => DialAsync(LoadBalancedApi, token), Balancer, _time, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, string>> ReadWorldAsync(CancellationToken cancellationToken)
    {
        var network = await NetworkWorld.ReadAsync(_layout.Nodes.Select(place => _network.Of(place.Name)), cancellationToken);
        // No fault acts on the node of the load, and load workers come and go there.
        var nodes = _layout.Nodes.Where(place => place.Role != Roles.Workload)
            .SelectMany(place => NodeWorld.Read(place, _network.Of(place.Name), _nodes.OfType<ProcessNode>().FirstOrDefault(node => node.Name == place.Name)));
        var database = _layout.OfRole(Roles.Postgres).Count == 0 ? [] : await new DatabaseWorld(_database).ReadAsync(await GetMembersAsync(cancellationToken), cancellationToken);
        var balancers = await Task.WhenAll(_layout.OfRole(Roles.LoadBalancer).Select(place => BalancerWorld.ReadAsync(place.Name, Balancer, _time, cancellationToken)));
        return network.Concat(nodes).Concat(database).Concat(balancers.SelectMany(one => one)).ToDictionary();
    }

    /// <inheritdoc/>
    public async Task<StackReading> ReadUseAsync(CancellationToken cancellationToken)
    {
        var times = ProcessTable.ProcessorTimes();
        var connections = PoolerNode.ConnectionsOfServers(_layout.OfRole(Roles.SpireServer).Count);
        return new StackReading
        {
            ProcessorTimes = _layout.Nodes.ToDictionary(place => place.Name, place => times.GetValueOrDefault(_network.Of(place.Name).Identity)),
            SharedProcessors = Environment.ProcessorCount,
            WaitingClients = _layout.OfRole(Roles.Pooler) is [var pooler, ..] ? PoolSockets.CountWaiting(_network.Of(pooler.Name).Identity, connections) : null,
            BusyConnections = _layout.OfRole(Roles.LoadBalancer) is [var balancer, ..]
                ? await DatabaseConnections.CountBusyAsync(_database, new IPEndPoint(balancer.Address, Ports.Postgres), cancellationToken)
                : null,
            ConnectionsAllowed = connections,
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDown, 1) == 1)
        {
            return;
        }

        await Task.WhenAll(_nodes.OfType<ProcessNode>().Select(node => node.DisposeAsync().AsTask()));
        await _impairments.DisposeAsync();
        if (_leases is not null)
        {
            await _leases.DisposeAsync();
        }

        await _network.DisposeAsync();
        _patroni.Dispose();
        _authority.Dispose();
        foreach (var directory in _layout.Nodes.Select(node => node.Directory).Where(directory => directory.Exists))
        {
            NodeStorage.Remove(directory);
        }
    }

    private static NodeChanged StateOf(INode node) =>
        new(node.Name, node.Status.State, node.Status.Restarts, node.Status.Reason);

    private IEnumerable<Task> WatchDatabase(IEventSink events, EventClock clock, CancellationToken cancellationToken)
    {
        foreach (var place in _layout.OfRole(Roles.Postgres))
        {
            yield return new DatabaseRoleWatch(place.Name, token => _patroni.AskAsync(place.Address, token), _time)
                .WatchAsync(events, cancellationToken);
        }

        if (_layout.OfRole(Roles.LoadBalancer).Count > 0)
        {
            yield return WriteProbe.WatchAsync(events, clock, cancellationToken);
        }
    }

    private INode NodeNamed(string name) => _nodes.First(node => node.Name == name);
}

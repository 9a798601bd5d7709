using System.Net;
using System.Security.Cryptography.X509Certificates;
using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.TestKit;

/// <summary>A stack in memory. Its network, its database and its nodes do what a test tells them.</summary>
public sealed class FakeStack
    : IStack, INetworkControl, ILinkImpairment, IConnectionControl, IDatabaseCluster, IDatabaseControl, IAgentConnections, INameControl, ISpireStack, ISpireControl, IBalancerControl, IStackWorld
{
    public FakeStack()
    {
        Servers = [Node("spire-server-1"), Node("spire-server-2"), Node("spire-server-3")];
        Databases = [Node("postgres-1"), Node("postgres-2")];
        Pooler = Node("pooler-1");
        Members = [Member(Databases[0], DatabaseRole.Primary, 1), Member(Databases[1], DatabaseRole.Replica, 1)];
    }

    public IReadOnlyList<FakeNode> Servers { get; }

    public IReadOnlyList<FakeNode> Databases { get; }

    public FakeNode Pooler { get; }

    /// <summary>Gets the SPIRE agents; none unless a test adds some.</summary>
    public List<FakeNode> AgentNodes { get; } = [];

    /// <summary>Gets or sets the name server; none unless a test adds it.</summary>
    public FakeNode? NameServer { get; set; }

    public IReadOnlyList<INode> Nodes => [.. Databases, Pooler, .. Servers, .. AgentNodes, .. NameServer is { } server ? (INode[])[server] : []];

    public IReadOnlyDictionary<string, string> Facts { get; } = new Dictionary<string, string> { ["kernel"] = "6.0" };

    /// <summary>Gets the cuts that were made, in order.</summary>
    public List<FakeCut> Cuts { get; } = [];

    /// <summary>Gets the links that are down although nobody cut them.</summary>
    public HashSet<Link> Dead { get; } = [];

    /// <summary>Gets the links on which packets get around cuts.</summary>
    public HashSet<Link> Aside { get; } = [];

    /// <summary>Gets or sets whether cut links let everything pass, as when a rule was removed behind the harness' back.</summary>
    public bool CutsLeak { get; set; }

    /// <summary>Gets what was done to links, in order.</summary>
    public List<FakeImpairment> Impairments { get; } = [];

    /// <summary>Gets or sets whether impairments do nothing, as when a rule was removed behind the harness' back.</summary>
    public bool ImpairmentsLeak { get; set; }

    /// <summary>Gets or sets whether impairments act on every link.</summary>
    public bool ImpairmentsSpread { get; set; }

    public IReadOnlyList<DatabaseMember> Members { get; set; }

    public bool TakesWrites { get; set; } = true;

    /// <summary>Gets or sets what happens when somebody asks for a switchover.</summary>
    public Action<INode, INode> OnSwitchover { get; set; } = (_, _) => { };

    /// <summary>Gets the database, the same at each of its nodes.</summary>
    public FakeDatabase Database { get; } = new();

    /// <summary>Gets what the SPIRE servers do when they are given orders.</summary>
    public FakeSpire Spire { get; } = new();

    /// <summary>Gets who is connected to the load balancer.</summary>
    public List<IPEndPoint> Clients { get; } = [];

    /// <summary>Gets the answers to those who read what faults change, in order; the last one stays.</summary>
    public Queue<IReadOnlyDictionary<string, string>> Worlds { get; } = new([new Dictionary<string, string> { ["rules of the router"] = "none" }]);

    /// <summary>Gets the servers that every agent is connected to.</summary>
    public List<INode> ServersOfAgents { get; } = [];

    /// <summary>Gets or sets what happens when connections are reset.</summary>
    public Action OnReset { get; set; } = () => { };

    /// <summary>Gets or sets what the load balancer says of every back end.</summary>
    public BackEndState BackEnd { get; set; } = new(IsUp: true, TimesDown: 4);

    /// <summary>Gets or sets whether the load balancer does nothing when a back end is said to be down.</summary>
    public bool BalancerIgnoresOrders { get; set; }

    /// <summary>Gets or sets whether the load balancer keeps sending an address to one server.</summary>
    public bool HasAffinity { get; set; }

    public string ApplicationRole => "spire";

    public string TrustDomain => "fake.test";

    public string Flavor => "no SPIRE at all";

    public IPEndPoint LoadBalancedApi { get; } = new(IPAddress.Loopback, 8081);

    IReadOnlyList<SpireServerAccess> ISpireStack.Servers => [];

    public IReadOnlyList<SpireAgentAccess> Agents =>
        [.. AgentNodes.Select(node => new SpireAgentAccess(node, _ => throw new NotSupportedException("Nobody listens in a fake stack."), "unix:uid:0", IdOf(node)))];

    public X509Certificate2 NodeAuthority => throw new NotSupportedException("A fake stack has no authority.");

    public string AdministratorId => "spiffe://fake.test/administrator";

    public bool IsDisposed { get; private set; }

    /// <summary>Returns the SPIFFE id of an agent.</summary>
    public static string IdOf(FakeNode agent) => $"spiffe://fake.test/spire/agent/{agent.Name}";

    public static DatabaseMember Member(INode node, DatabaseRole role, int? timeline, string state = "running") =>
        new(node, role, state, timeline, null, false);

    /// <summary>Makes one node primary on the next timeline and all others its replicas.</summary>
    public void Promote(INode node)
    {
        var timeline = Members.Max(member => member.Timeline) + 1;
        Members = [.. Members.Select(member => Member(member.Node, member.Node == node ? DatabaseRole.Primary : DatabaseRole.Replica, timeline))];
    }

    public Task WatchAsync(IEventSink events, CancellationToken cancellationToken) =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

    public Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken)
    {
        var cut = new FakeCut(links);
        Cuts.Add(cut);
        return Task.FromResult<INetworkCut>(cut);
    }

    public Task<bool> ProbeAsync(Link link, CancellationToken cancellationToken)
    {
        var cuts = Cuts.Where(cut => !cut.IsHealed && cut.Links.Contains(link)).ToArray();
        if (!CutsLeak)
        {
            foreach (var cut in cuts)
            {
                cut.Count(link);
            }
        }

        return Task.FromResult(!Dead.Contains(link) && (cuts.Length == 0 || CutsLeak));
    }

    public Task<bool> ProbeAsideAsync(Link link, CancellationToken cancellationToken) => Task.FromResult(Aside.Contains(link));

    public Task<IReadOnlyList<INode>> FindServersAsync(INode agent, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<INode>>(ServersOfAgents);

    public Task<IReadOnlyDictionary<string, string>> ReadWorldAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Worlds.Count > 1 ? Worlds.Dequeue() : Worlds.Peek());

    public Task<bool> TryLookUpAsync(INode node, CancellationToken cancellationToken) => ProbeAsync(new Link(node, NameServer!), cancellationToken);

    public Task PrepareImpairingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IImpairedTraffic> ImpairAsync(IReadOnlyCollection<Traffic> traffic, Impairment impairment, CancellationToken cancellationToken) =>
        Task.FromResult(Add(new FakeImpairment(traffic, impairment, null)));

    public Task<IImpairedTraffic> ResetAsync(IReadOnlyCollection<Traffic> traffic, TcpPackets packets, CancellationToken cancellationToken) =>
        Task.FromResult(Add(new FakeImpairment(traffic, new Impairment(), packets)));

    public Task<DatagramArrivals> SendAsync(Traffic traffic, DatagramSeries series, CancellationToken cancellationToken) => Task.FromResult(
        Dead.Contains(traffic.Link) ? FakeImpairment.Arrive(series, new Impairment { Loss = 1 }) : FakeImpairment.Arrive(series, ActingOn(traffic)?.What ?? new Impairment()));

    public Task<ConnectionOutcome> TryConnectionAsync(Traffic traffic, CancellationToken cancellationToken) => Task.FromResult(
        Dead.Contains(traffic.Link) ? ConnectionOutcome.Silent : ActingOn(traffic)?.Packets switch
        {
            TcpPackets.Opening => ConnectionOutcome.Refused,
            TcpPackets.Open => ConnectionOutcome.Reset,
            _ => ConnectionOutcome.Works,
        });

    public Task<TimeSpan?> MeasureCloseAsync(Traffic traffic, TimeSpan patience, CancellationToken cancellationToken) => Task.FromResult(
        Dead.Contains(traffic.Link) ? null : TimeSpan.FromMilliseconds(1) + (ActingOn(traffic)?.What.Delay ?? TimeSpan.Zero) as TimeSpan?);

    public Task<IReadOnlyList<DatabaseMember>> GetMembersAsync(CancellationToken cancellationToken) => Task.FromResult(Members);

    public async Task SwitchoverAsync(INode from, INode to, CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        OnSwitchover(from, to);
    }

    public Task<bool> TryWriteAsync(CancellationToken cancellationToken) => Task.FromResult(TakesWrites);

    public Task<IDatabaseSession> OpenAsync(INode node, TimeSpan lease, CancellationToken cancellationToken) =>
        Task.FromResult(Database.Open());

    public Task<string?> TryLoginAsync(INode node, CancellationToken cancellationToken) => Task.FromResult(Database.LoginRefusal());

    public IReadOnlyList<IPEndPoint> ReadClients(INode node, int port) => [.. Clients];

    public void ResetClients(INode node, int port) => OnReset();

    public ISpireServerControl ControlOf(INode server) => Spire.ControlOf(server);

    public Task ReportDownAsync(INode backEnd, CancellationToken cancellationToken)
    {
        BackEnd = BalancerIgnoresOrders ? BackEnd : new BackEndState(IsUp: false, BackEnd.TimesDown + 1);
        return Task.CompletedTask;
    }

    public Task<BackEndState> ReadBackEndAsync(INode backEnd, CancellationToken cancellationToken) => Task.FromResult(BackEnd);

    public Task HoldAffinityAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        HasAffinity = BalancerIgnoresOrders ? HasAffinity : lease > TimeSpan.Zero;
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> TryConnectionsAsync(int count, CancellationToken cancellationToken)
    {
        var up = Servers.Where(server => server.Status.State == NodeState.Ready).Take(HasAffinity ? 1 : Servers.Count).ToArray();
        return Task.FromResult<IReadOnlyList<string>>(up.Length == 0 ? [] : [.. Enumerable.Range(0, count).Select(connection => up[connection % up.Length].Name)]);
    }

    public ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Nobody listens in a fake stack.");

    public Task<IReadOnlyList<string>> ReadEntryIdsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private IImpairedTraffic Add(FakeImpairment impairment)
    {
        Impairments.Add(impairment);
        return impairment;
    }

    private FakeImpairment? ActingOn(Traffic traffic) => ImpairmentsLeak ? null : Impairments.Find(one => !one.IsHealed
        && (ImpairmentsSpread || one.Traffic.Contains(traffic) || one.Traffic.Contains(traffic with { Port = null })));

    public static FakeNode Node(string name) => new(name, name[..name.LastIndexOf('-')]);
}

/// <summary>A cut in a fake network.</summary>
public sealed class FakeCut(IReadOnlyCollection<Link> links) : INetworkCut
{
    private readonly Dictionary<Link, long> _dropped = links.ToDictionary(link => link, _ => 0L);

    public IReadOnlyCollection<Link> Links { get; } = links;

    public string? Broken { get; set; }

    public bool IsHealed { get; private set; }

    /// <summary>Gets or sets whether the kernel counts nothing although nothing arrives.</summary>
    public bool CountsNothing { get; set; }

    public bool CountsPackets { get; set; } = true;

    public void Count(Link link) => _dropped[link] += CountsNothing ? 0 : 3;

    public Task<IReadOnlyList<DroppedPackets>> ReadCountersAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DroppedPackets>>(!CountsPackets ? [] : [.. _dropped.Select(pair => new DroppedPackets(pair.Key, pair.Value))]);

    public Task HealAsync(CancellationToken cancellationToken)
    {
        IsHealed = true;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        IsHealed = true;
        return ValueTask.CompletedTask;
    }
}

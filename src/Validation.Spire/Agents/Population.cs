using System.Net;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc.Client;
using Validation.Core.Loads;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Spire.Access;

namespace Validation.Spire.Agents;

/// <summary>The agents of one load and what they share.</summary>
internal sealed class Population : IPopulation
{
    private readonly LivingAgent[] _agents;
    private readonly TimeSpan _startOver;

    /// <summary>Creates the population; nobody is attested yet.</summary>
    /// <param name="load">The load.</param>
    /// <param name="site">Where it runs.</param>
    /// <param name="session">The session; disposed of with the population.</param>
    /// <param name="count">How many agents.</param>
    /// <param name="syncInterval">The time between syncs of one agent.</param>
    /// <param name="startOver">The time over which the agents start.</param>
    /// <param name="addresses">From where they connect; the default is one address for all.</param>
    public Population(
        LoadSpec load, LoadSite site, SpireSession session, int count, TimeSpan syncInterval, TimeSpan startOver, AgentAddresses addresses = AgentAddresses.Shared)
    {
        (Load, Site, Session, SyncInterval, _startOver) = (load, site, session, syncInterval, startOver);
        _agents = new LivingAgent[count];
        var stack = addresses == AgentAddresses.OneEach ? (ISourceAddresses)site.Stack : null;
        IPAddress?[] sources = [.. Enumerable.Range(0, count).Select(_ => stack?.NextSourceAddress())];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            _agents[i] = new LivingAgent(this, session.Nodes.Make($"{load.Name}-{i + 1}"), new Dice(((long)site.Seed.Value << 32) + i), sources[i]));
    }

    /// <summary>Gets the load.</summary>
    public LoadSpec Load { get; }

    /// <summary>Gets where it runs.</summary>
    public LoadSite Site { get; }

    /// <summary>Gets the session.</summary>
    public SpireSession Session { get; }

    /// <summary>Gets the time between syncs of one agent.</summary>
    public TimeSpan SyncInterval { get; }

    /// <summary>Gets the bundles that agents were given.</summary>
    public BundleShelf Bundles { get; } = new();

    /// <summary>Gets what servers are told of each call.</summary>
    public CallOptions CallOptions => CallOptions.Within(Load.Timeout);

    /// <summary>Opens a TCP connection to any server.</summary>
    /// <param name="source">From which address; null for the workload node's own.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public ValueTask<Stream> DialAsync(IPAddress? source, CancellationToken cancellationToken) => source is null
        ? Site.Spire.DialAsync(Site.Spire.LoadBalancedApi, cancellationToken)
        : ((ISourceAddresses)Site.Stack).DialAsync(source, Site.Spire.LoadBalancedApi, cancellationToken);

    /// <summary>Returns how to connect to any server.</summary>
    /// <param name="identity">The SVID that is shown.</param>
    /// <param name="verifier">Verifies the server by the bundle that the agent has.</param>
    /// <param name="dial">Opens the connection.</param>
    public GrpcChannelOptions ConnectionFor(X509Svid identity, SvidVerifier verifier, Func<CancellationToken, ValueTask<Stream>> dial) => new()
    {
        Dial = dial,
        Authority = Site.Spire.LoadBalancedApi.ToString(),
        Tls = () => SvidTls.ForClient(id => id == Session.Trust.TrustDomain.ServerId, verifier, identity, Site.Time),
    };

    /// <inheritdoc/>
    public void Begin(IOperationBook book)
    {
        var begin = book.Now;
        for (var i = 0; i < _agents.Length; i++)
        {
            _agents[i].Begin(book, begin + (_startOver * i / _agents.Length));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            agent.Dispose();
        }

        Session.Dispose();
        return ValueTask.CompletedTask;
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc.Client;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Spire.Tests.Scripted;

/// <summary>
/// A stack of scripted servers and agents on loopback. They say what real ones were recorded to say, with the keys and ids of
/// today, unless a test tells them otherwise.
/// </summary>
internal sealed class ScriptedSpire : IStack, ISpireStack, ISourceAddresses
{
    private readonly List<ScriptedEndpoint> _endpoints = [];
    private readonly List<SeenCall> _calls = [];
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("drivers-");
    private readonly ConcurrentQueue<IPAddress> _sources = [];
    private int _dials, _addresses;

    private ScriptedSpire(DateTimeOffset now)
    {
        Clock = new ShiftedClock(now);
        Authority = CertificateAuthority.CreateSelfSigned(Domain, Keys.Create(), Clock.GetUtcNow(), TimeSpan.FromHours(24));
        NodeAuthority = MakeNodeAuthority(Clock.GetUtcNow());
        Today = new TodaysAnswers(this);
        Script = call => Today.To(call);
        Identity = () => IssueServer(Authority, Clock.GetUtcNow());
    }

    public static TrustDomain Domain { get; } = global::Spire.Wire.Certificates.TrustDomain.Parse("bench.test");

    public TimeProvider Clock { get; }

    /// <summary>Gets the authority of all servers.</summary>
    public CertificateAuthority Authority { get; }

    /// <summary>Gets what is said when a test says nothing else.</summary>
    public TodaysAnswers Today { get; }

    /// <summary>Gets or sets how calls are answered.</summary>
    public Func<SeenCall, Answer> Script { get; set; }

    /// <summary>Gets or sets the SVID of a server, asked for each connection.</summary>
    public Func<X509Svid> Identity { get; set; }

    /// <summary>Gets or sets whether a client with this SPIFFE id may connect.</summary>
    public Func<SpiffeId, bool> MayConnect { get; set; } = _ => true;

    public Notebook Notebook { get; } = new();

    /// <summary>Gets how often somebody connected to the load balancer.</summary>
    public int Dials => _dials;

    /// <summary>Gets the address of each connection that was made from a certain one.</summary>
    public IReadOnlyCollection<IPAddress> Sources => _sources;

    public IReadOnlyList<SeenCall> Calls
    {
        get
        {
            lock (_calls)
            {
                return [.. _calls];
            }
        }
    }

    public string TrustDomain => Domain.Name;

    public string Flavor => "scripted";

    public IPEndPoint LoadBalancedApi { get; } = new(IPAddress.Loopback, 1);

    public IReadOnlyList<SpireServerAccess> Servers { get; private set; } = [];

    public IReadOnlyList<SpireAgentAccess> Agents { get; private set; } = [];

    public X509Certificate2 NodeAuthority { get; }

    public string AdministratorId => "spiffe://bench.test/harness/admin";

    public IReadOnlyList<INode> Nodes => [.. Servers.Select(server => server.Node), .. Agents.Select(agent => agent.Node)];

    public IReadOnlyDictionary<string, string> Facts { get; } = new Dictionary<string, string>();

    public static async Task<ScriptedSpire> StartAsync(int servers = 1, int agents = 1, DateTimeOffset? now = null)
    {
        var spire = new ScriptedSpire(now ?? ShiftedClock.Recorded);
        spire.Servers = [.. await Task.WhenAll(Enumerable.Range(1, servers).Select(spire.StartServerAsync))];
        spire.Agents = [.. await Task.WhenAll(Enumerable.Range(1, agents).Select(spire.StartAgentAsync))];
        return spire;
    }

    /// <summary>Makes an SVID as servers have it.</summary>
    public static X509Svid IssueServer(CertificateAuthority authority, DateTimeOffset at, TimeSpan? life = null)
    {
        using var key = Keys.Create();
        return new X509Svid(authority.IssueSvid(key.ExportSubjectPublicKeyInfo(), Domain.ServerId, [], at, life ?? TimeSpan.FromHours(1)), key);
    }

    public IReadOnlyList<SeenCall> CallsOf(string name) => [.. Calls.Where(call => call.Name == name)];

    /// <summary>Prepares a driver for a load of 10 operations per second.</summary>
    public Task<IPreparedLoad> PrepareAsync(ILoadDriver driver, params (string Name, object Value)[] parameters) =>
        driver.PrepareAsync(LoadFor(driver, parameters), Site(), CancellationToken.None);

    public LoadSite Site() => new(this, this, Notebook, Notebook, new Seed(1), Clock);

    public async Task<Outcome> RunAsync(IPreparedLoad load, long number = 0) => await ((IFiredLoad)load).RunAsync(new Operation(number, Clock), CancellationToken.None);

    public async ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        if (endPoint.Equals(LoadBalancedApi))
        {
            endPoint = Servers[(Interlocked.Increment(ref _dials) - 1) % Servers.Count].Api;
        }

        return await Dialer.Tcp(endPoint)(cancellationToken);
    }

    public IPAddress NextSourceAddress() => new([127, 0, 1, (byte)++_addresses]);

    public ValueTask<Stream> DialAsync(IPAddress source, IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        _sources.Enqueue(source);
        return DialAsync(endPoint, cancellationToken);
    }

    public Task<IReadOnlyList<string>> ReadEntryIdsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task WatchAsync(IEventSink events, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Saw(SeenCall call)
    {
        lock (_calls)
        {
            _calls.Add(call);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var endpoint in _endpoints)
        {
            await endpoint.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }

    private static LoadSpec LoadFor(ILoadDriver driver, (string Name, object Value)[] parameters) => new()
    {
        Name = "load",
        Driver = driver.Kind,
        Arrivals = new Rate(10),
        Timeout = TimeSpan.FromSeconds(20),
        Parameters = new ParameterValues(parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value)),
    };

    private static X509Certificate2 MakeNodeAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=nodes", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(now, now.AddDays(30));
    }

    private async Task<SpireServerAccess> StartServerAsync(int number)
    {
        var api = await StartAsync($"api-{number}", new IPEndPoint(IPAddress.Loopback, 0), hasTls: true);
        var admin = Path.Combine(_directory.FullName, $"admin-{number}.sock");
        await StartAsync($"admin-{number}", new System.Net.Sockets.UnixDomainSocketEndPoint(admin), hasTls: false);
        return new SpireServerAccess(new FakeNode($"spire-server-{number}", "spire-server"), (IPEndPoint)api.Address, Dialer.Unix(admin));
    }

    private async Task<SpireAgentAccess> StartAgentAsync(int number)
    {
        var socket = Path.Combine(_directory.FullName, $"workload-{number}.sock");
        await StartAsync($"workload-{number}", new System.Net.Sockets.UnixDomainSocketEndPoint(socket), hasTls: false);
        return new SpireAgentAccess(
            new FakeNode($"spire-agent-{number}", "spire-agent"), Dialer.Unix(socket), "unix:uid:0", $"spiffe://bench.test/spire/agent/x509pop/{number}");
    }

    private async Task<ScriptedEndpoint> StartAsync(string place, EndPoint address, bool hasTls)
    {
        var endpoint = await ScriptedEndpoint.StartAsync(this, place, address, hasTls);
        lock (_endpoints)
        {
            _endpoints.Add(endpoint);
        }

        return endpoint;
    }
}

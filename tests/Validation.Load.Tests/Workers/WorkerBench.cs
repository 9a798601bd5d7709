using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Load.Workers;

namespace Validation.Load.Tests.Workers;

/// <summary>A controller and workers that listen on the loopback address, with a driver that answers by itself.</summary>
internal sealed class WorkerBench : IStack, ISpireStack, IWorkerStack, IWorkerGroup
{
    public const string Version = "1.2.3+test";

    private readonly List<Task> _ended = [];
    private readonly List<CancellationTokenSource> _lives = [];
    private readonly List<WorkerSite> _sites = [];
    private readonly X509Certificate2 _authority = MakeAuthority();

    public EventList Events { get; } = new();

    public List<IssuedSvid> Svids { get; } = [];

    public bool AreWorkersEnded { get; private set; }

    public IReadOnlyList<WorkerSite> Sites => _sites;

    public IReadOnlyList<INode> Nodes => [];

    public IReadOnlyDictionary<string, string> Facts { get; } = new Dictionary<string, string>();

    public string TrustDomain => "bench.test";

    public string Flavor => "no SPIRE";

    public IPEndPoint LoadBalancedApi { get; } = new(IPAddress.Loopback, 1);

    public IReadOnlyList<SpireServerAccess> Servers { get; set; } = [];

    public IReadOnlyList<SpireAgentAccess> Agents => [];

    public X509Certificate2 NodeAuthority => _authority;

    public string AdministratorId => "spiffe://bench.test/admin";

    /// <summary>Starts a worker process' insides.</summary>
    public WorkerBench AddWorker(ILoadDriver driver, int? number = null, string version = Version, TimeProvider? time = null)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var life = new CancellationTokenSource();
        var worker = new LoadWorker([driver], version, time ?? TimeProvider.System) { Number = number, Host = $"host-{_sites.Count + 1}" };
        _lives.Add(life);
        _ended.Add(worker.ListenAsync(listener, TimeSpan.FromSeconds(30), life.Token).ContinueWith(_ => listener.Dispose(), TaskScheduler.Default));
        AddSite((IPEndPoint)listener.LocalEndPoint!);
        return this;
    }

    /// <summary>Adds a worker whose address is that of another one.</summary>
    public WorkerBench AddSiteOf(int worker)
    {
        _sites.Add(_sites[worker - 1]);
        return this;
    }

    public void AddSite(IPEndPoint endPoint) => _sites.Add(new WorkerSite($"worker-{_sites.Count + 1}", token => DialAsync(endPoint, token), _ => Task.FromResult<string?>("so long"))
    {
        AgentSockets = new Dictionary<string, string>(),
    });

    /// <summary>Ends a worker as SIGKILL would: its connection is gone, and it says nothing.</summary>
    public void Kill(int worker) => _lives[worker - 1].Cancel();

    /// <summary>Runs one load by all workers and returns what was recorded.</summary>
    public async Task<RunRecording> RunAsync(ILoadDriver driver, double perSecond, TimeSpan length, Func<Task>? meanwhile = null)
    {
        var plan = Plan(driver.Kind, perSecond, _sites.Count);
        var clock = new RunClock(TimeProvider.System);
        var file = new FileInfo(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        var site = new LoadSite(this, this, Events, new SvidList(Svids), new Seed(5), TimeProvider.System);
        var spec = new LoadSpec { Name = "load", Driver = driver.Kind, Arrivals = new Rate(perSecond), Timeout = TimeSpan.FromSeconds(1) };
        var events = new List<RunEvent>();
        await using var fleet = new WorkerFleet([driver], plan, Version, new Progress<string>(), TimeProvider.System);
        try
        {
            await using (var samples = new SampleWriter(file, TimeProvider.System))
            await using (var prepared = await fleet.Drivers.Single().PrepareAsync(spec, site, CancellationToken.None))
            {
                using var stop = new CancellationTokenSource(length);
                events.Add(new RunEvent(clock.Now, new LoadsStarted()));
                var running = fleet.RunAsync([new ReadyLoad(spec, prepared)], clock, samples, Events, stop.Token);
                await (meanwhile?.Invoke() ?? Task.CompletedTask);
                await running;
            }

            events.AddRange(Events.Facts.Select(fact => new RunEvent(clock.Now, fact)));
            events.Add(new RunEvent(clock.Now, new RunEnded()));
            return new RunRecording(plan, events, SampleFile.Read(file), Svids, new Dictionary<string, string>());
        }
        finally
        {
            file.Delete();
        }
    }

    public Task<IWorkerGroup> StartWorkersAsync(int count, IProgress<string> progress, CancellationToken cancellationToken) => Task.FromResult<IWorkerGroup>(this);

    public async ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public Task<IReadOnlyList<string>> ReadEntryIdsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);

    public Task WatchAsync(IEventSink events, CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        AreWorkersEnded = true;
        _lives.ForEach(life => life.Cancel());
        await Task.WhenAll(_ended);
    }

    public static IReadOnlyList<Finding> WorkerFindings(RunRecording recording) =>
        [.. Judge.Of(recording, []).Findings.Where(finding => finding.Name.StartsWith("worker", StringComparison.Ordinal))];

    private static Plan Plan(DriverKind driver, double perSecond, int workers) => new()
    {
        Scenario = "bench",
        Question = "Does it work?",
        File = "bench.yaml",
        Seed = 5,
        Environment = "bench",
        Nodes = [],
        Loads = [new PlannedLoad("load", driver.Name, perSecond, TimeSpan.FromSeconds(1), new Dictionary<string, string>())],
        Phases = [],
        Faults = [],
        Objectives = [],
        Invariants = [],
        Promises = [],
        Workers = workers,
    };

    private static X509Certificate2 MakeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=bench", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
    }

    private sealed class SvidList(List<IssuedSvid> svids) : ISvidSink
    {
        public void Record(string load, SvidCheck check, ReadOnlySpan<byte> certificate, SvidFacts facts) => throw new NotSupportedException("A controller receives no SVIDs itself.");

        public void Record(in IssuedSvid svid)
        {
            lock (svids)
            {
                svids.Add(svid);
            }
        }
    }
}

/// <summary>Keeps facts.</summary>
internal sealed class EventList : IEventSink
{
    private readonly List<Fact> _facts = [];

    public IReadOnlyList<Fact> Facts
    {
        get
        {
            lock (_facts)
            {
                return [.. _facts];
            }
        }
    }

    public RunEvent Record(Fact fact)
    {
        lock (_facts)
        {
            _facts.Add(fact);
        }

        return new RunEvent(TimeSpan.Zero, fact);
    }
}

/// <summary>Does whatever a test says.</summary>
internal sealed class BenchDriver(Func<LoadSite, Operation, ValueTask<Outcome>> run, Func<LoadSite, Task>? prepare = null) : ILoadDriver
{
    public DriverKind Kind { get; } = new("bench", "A test.", []);

    public static BenchDriver Answering { get; } = new((_, _) => new(Outcome.Success));

    public async Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken)
    {
        await (prepare?.Invoke(site) ?? Task.CompletedTask);
        return new Prepared(site, run);
    }

    private sealed class Prepared(LoadSite site, Func<LoadSite, Operation, ValueTask<Outcome>> run) : IFiredLoad
    {
        public ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken) => run(site, operation);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

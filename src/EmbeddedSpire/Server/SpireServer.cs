using System.Net.Sockets;
using System.Security.Cryptography;
using EmbeddedSpire.Health;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using EmbeddedSpire.Server.Authorities;
using EmbeddedSpire.Server.Bundles;
using EmbeddedSpire.Server.Calls;
using EmbeddedSpire.Server.Registration;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Server;

/// <summary>
/// A server from start to stop. It starts in SPIRE's order: database, authorities, own SVID, entry cache, and only then does it
/// listen; health is looked at last. It ends when it is cancelled, giving running calls ten seconds, or when it cannot start.
/// </summary>
internal sealed class SpireServer : IAsyncDisposable
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectionAgeLimit = TimeSpan.FromMinutes(3);
    private const double ConnectionAgeJitter = 0.1;

    private readonly ServerSettings _settings;
    private readonly LogSink _sink;
    private readonly Logger _log;
    private readonly TimeProvider _time;
    private readonly Random _random = new(RandomNumberGenerator.GetInt32(int.MaxValue));
    private readonly MetricRegistry _metrics;
    private readonly RuntimeMetrics _runtime;
    private readonly Database _database;
    private readonly Database _replica;
    private readonly Stores _stores;
    private readonly SvidIssuer _issuer;
    private readonly ServerIdentity _identity;
    private readonly EntryCacheReloader _entries;
    private readonly NodeCache _nodeCache;
    private readonly BundleCache _bundleCache;
    private AuthorityManager? _authorities;

    /// <summary>Creates a server that has not begun anything.</summary>
    public SpireServer(ServerSettings settings, LogSink sink, TimeProvider time)
    {
        _settings = settings;
        _sink = sink;
        _log = new Logger(sink);
        _time = time;
        _metrics = new MetricRegistry(settings.Metrics, "spire_server", settings.TrustDomain.Name, time);
        _runtime = new RuntimeMetrics(_metrics, time);
        _database = new Database(settings.Database.Address, settings.Database.Limits, time)
        {
            CommitsLocally = settings.Database.CommitsLocally,
            StaysWithFirstPrimary = settings.Database.StaysWithFirstPrimary,
        };
        _replica = settings.Database.Replica is { } replica ? new Database(replica, settings.Database.Limits, time) : _database;
        _stores = OpenStores();
        _issuer = new SvidIssuer(settings.TrustDomain, settings.Lifetimes, settings.JwtIssuer, _metrics, time);
        _identity = new ServerIdentity(_issuer, settings.AuthorityKeyKind, _metrics, _log.For("svid_rotator"), time);
        _entries = new EntryCacheReloader(settings.TrustDomain, _stores.Entries, _stores.NodeSelectors, settings.CacheReloadInterval, _metrics, _log, time);
        _nodeCache = new NodeCache(_stores.Nodes, settings.NodeStaleness, time);
        _bundleCache = new BundleCache(_stores.Bundles, settings.TrustDomain.Id.ToString(), time);
    }

    /// <summary>Runs the server until it is cancelled.</summary>
    /// <exception cref="DatastoreException">It could not start: the database refused, or it is not there.</exception>
    /// <exception cref="IOException">It could not start: an address is in use, or a file cannot be read or written.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _log.Info("Configured", ("admin_ids", _settings.AdminIds.Cast<object>()), ("data_dir", _settings.DataDirectory), ("launch_log_level", _sink.LaunchLevel), ("version", Release.Embedded));
        WarnOfShortenedLives();
        Directory.CreateDirectory(_settings.DataDirectory);
        _metrics.Set("started", 1, ("version", Release.Embedded), ("trust_domain_id", _settings.TrustDomain.Name));

        var authorities = await PrepareAsync(cancellationToken);
        await using var page = await MetricEndpoint.StartAsync(_settings.Metrics, _metrics, _runtime.Refresh, _log, cancellationToken);
        using var services = new ServerServices(_settings, _stores, _issuer, _identity, authorities, _entries, _bundleCache, () => _runtime.Uptime, _metrics, _sink, _time);
        await using var tcp = await ListenAsync(TcpOptions(services), cancellationToken);
        await using var socket = await ListenAsync(Options(services.ForSocket()), cancellationToken);

        var checker = new HealthChecker(_log, _time);
        ServerHealth.Add(checker, _settings.SocketPath, _settings.TrustDomain, _issuer, authorities, _stores.Bundles, _settings.Defects, _time);
        await using var health = await HealthEndpoint.StartAsync(_settings.Health, checker, _log, cancellationToken);
        await RunTasksAsync(authorities, checker, cancellationToken);

        _log.For("endpoints").Info("Stopping Server APIs");
        await Task.WhenAll(tcp.StopAsync(StopGrace), socket.StopAsync(StopGrace));
        _log.For("endpoints").Info("Server APIs have stopped");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _authorities?.Dispose();
        _identity.Dispose();
        _bundleCache.Dispose();
        await _database.DisposeAsync();
        if (_replica != _database)
        {
            await _replica.DisposeAsync();
        }
    }

    private Stores OpenStores() => new()
    {
        Bundles = new BundleStore(_database, _metrics, _log.For("catalog")),
        Nodes = new NodeStore(_database, _metrics, _log.For("catalog")),
        NodeSelectors = new NodeSelectorStore(_database, _replica, _metrics),
        Entries = new EntryStore(_database, _replica, _metrics, _log.For("catalog")),
        JoinTokens = new JoinTokenStore(_database, _metrics),
        Journals = new JournalStore(_database, _metrics),
        Events = new EventStore(_database, _metrics),
    };

    /// <summary>Does everything that has to be done before anybody can be served.</summary>
    private async Task<AuthorityManager> PrepareAsync(CancellationToken cancellationToken)
    {
        var log = _log.For("catalog");
        log.Info("Opening SQL database", ("db_type", "postgres"));
        await Schema.PrepareAsync(_database, _settings.Database.MayUpgrade, log, cancellationToken);
        log.Info("Connected to SQL database", ("read_only", false), ("type", "postgres"));
        if (_replica != _database)
        {
            await _replica.QueryAsync(session => session.CountAsync("SELECT 1"), cancellationToken);
            log.Info("Connected to SQL database", ("read_only", true), ("type", "postgres"));
        }

        await RequireOwnTrustDomainAsync(cancellationToken);
        _authorities = await OpenAuthoritiesAsync(cancellationToken);
        await _authorities.InitializeAsync(cancellationToken);
        _identity.Rotate();
        await _nodeCache.InitializeAsync(cancellationToken);
        await _entries.InitializeAsync(cancellationToken);
        return _authorities;
    }

    /// <summary>Refuses a database that another trust domain uses.</summary>
    private async Task RequireOwnTrustDomainAsync(CancellationToken cancellationToken)
    {
        var (entries, _) = await _stores.Entries.ListAsync(new EntryFilter(), new Page(1, 0), mayBeOld: false, cancellationToken);
        if (entries.FirstOrDefault(entry => SpiffeId.TryParse(entry.SpiffeId, out var id, out _) && id.TrustDomain != _settings.TrustDomain) is { } entry)
        {
            throw new InvalidDataException(
                $"\"{SpiffeId.Parse(entry.SpiffeId).TrustDomain}\" is present in the datastore, but \"{_settings.TrustDomain}\" is configured as trust_domain: start the server with the trust domain of its database");
        }

        await _stores.Nodes.ListAsync(new NodeFilter(), withSelectors: false, new Page(1, 0), cancellationToken);
    }

    private async Task<AuthorityManager> OpenAuthoritiesAsync(CancellationToken cancellationToken)
    {
        var log = _log.For("ca_manager");
        var keys = new KeyManager(_settings.KeysPath, _metrics);
        var parts = new AuthorityParts(
            _settings.TrustDomain,
            keys,
            _settings.Lifetimes.Authority,
            _stores.Bundles,
            await Journal.LoadAsync(_stores.Journals, keys.PublicKeys, log, cancellationToken),
            _metrics,
            log,
            _time)
        {
            PublishesLate = _settings.Defects.Contains(Defect.PublishesLate),
            ForgetsBundle = _settings.Defects.Contains(Defect.ForgetsBundle),
        };
        return new AuthorityManager(
            parts,
            _stores.Journals,
            new X509Line(parts, _settings.AuthorityKeyKind, _issuer.Use),
            _settings.HasJwt ? new JwtLine(parts, _settings.JwtKeyKind, _issuer.Use) : null);
    }

    private async Task<GrpcServer> ListenAsync(GrpcServerOptions options, CancellationToken cancellationToken)
    {
        if (options.Listen is UnixDomainSocketEndPoint)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_settings.SocketPath))!);
        }

        var server = await GrpcServer.StartAsync(options, cancellationToken);
        if (options.Listen is UnixDomainSocketEndPoint && !OperatingSystem.IsWindows())
        {
            const UnixFileMode ForOwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
            File.SetUnixFileMode(_settings.SocketPath, ForOwnerAndGroup);
        }

        _log.For("endpoints").Info("Starting Server APIs", ("address", options.Listen), ("network", options.Listen is UnixDomainSocketEndPoint ? "unix" : "tcp"));
        return server;
    }

    private GrpcServerOptions TcpOptions(ServerServices services)
    {
        var trust = new ClientTrust(
            _stores.Bundles, [.. _settings.AdminIds.Select(id => id.TrustDomain).Prepend(_settings.TrustDomain).Distinct()], _log.For("endpoints"), _time);
        return Options(services.ForNetwork()) with
        {
            Listen = _settings.Address,
            TlsAsync = cancellationToken => trust.BeginAsync(
                _identity.Svid, id => id.TrustDomain == _settings.TrustDomain || _settings.AdminIds.Contains(id), cancellationToken),
            ConnectionAge = _settings.Defects.Contains(Defect.KeepsConnections) ? null : new ConnectionAge(ConnectionAgeLimit, ConnectionAgeJitter, _random),
            BeforeTls = _settings.ProxyPeers.Count > 0 ? new ProxyProtocol(_settings.ProxyPeers, _time).Use : null,
        };
    }

    private GrpcServerOptions Options(GrpcHandlers handlers)
    {
        var authorization = new Authorization(_settings.AdminIds, _stores.Entries, _stores.Nodes, _nodeCache, _log, _time);
        return new GrpcServerOptions
        {
            Listen = new UnixDomainSocketEndPoint(_settings.SocketPath),
            Handlers = handlers,
            Interceptors = [new RpcMetrics(handlers.Paths, _metrics).InterceptAsync, authorization.InterceptAsync],
            Unexpected = (call, error) => _log.For(call).Error("Unexpected failure of a handler", ("error", error)),
            Time = _time,
        };
    }

    /// <summary>Runs everything that goes on beside the calls. Returns when it is cancelled.</summary>
    private async Task RunTasksAsync(AuthorityManager authorities, HealthChecker checker, CancellationToken cancellationToken)
    {
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pruner = new Pruner(_stores, _settings.EventAge, _settings.NodePruning, _metrics, _random, _log.For("registration_manager"), _time);
        Task[] tasks =
        [
            authorities.RunAsync(all.Token),
            _identity.RunAsync(all.Token),
            _entries.RunAsync(all.Token),
            pruner.RunAsync(all.Token),
            checker.RunAsync(all.Token),
        ];

        // None of them ends by itself. One that fails is a mistake of ours and ends the server, as it would end SPIRE.
        var first = await Task.WhenAny(tasks);
        await all.CancelAsync();
        try
        {
            await Task.WhenAll(tasks);
        }
        catch (OperationCanceledException) when (!first.IsFaulted)
        {
            // This is how they end when the server stops.
        }
    }

    /// <summary>Warns of lives that the end of an authority will cut: the next one signs when a sixth of the life is left.</summary>
    private void WarnOfShortenedLives()
    {
        var lives = _settings.Lifetimes;
        var longest = lives.Authority / 6;
        foreach (var (name, life) in new[] { ("default_x509_svid_ttl", lives.X509Svid), ("default_jwt_svid_ttl", lives.JwtSvid), ("agent_ttl", lives.Agent ?? TimeSpan.Zero) })
        {
            if (life > longest)
            {
                _log.Warn($"{name} is too high for the configured ca_ttl value. SVIDs with shorter lifetimes may be issued. Please set {name} to {Configuration.GoDuration.Format(longest)} or less, or the ca_ttl to {Configuration.GoDuration.Format(life * 6)} or more, to guarantee the full {name} lifetime when CA rotations are scheduled.");
            }
        }
    }
}

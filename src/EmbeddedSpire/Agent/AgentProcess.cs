using EmbeddedSpire.Agent.Attestation;
using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Agent.Storage;
using EmbeddedSpire.Agent.Syncing;
using EmbeddedSpire.Agent.Timing;
using EmbeddedSpire.Agent.Workloads;
using EmbeddedSpire.Health;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Agent;

/// <summary>
/// An agent from start to end: remembers or finds out who it is, syncs for the first time, then serves workloads and keeps
/// in step with its servers until it is stopped or cannot go on.
/// </summary>
internal sealed class AgentProcess
{
    private static readonly TimeSpan HealthDelay = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(10);

    private readonly AgentSettings _settings;
    private readonly AgentSurroundings _surroundings;
    private readonly Logger _rootLog;
    private readonly Logger _log;
    private readonly MetricRegistry _metrics;
    private readonly RuntimeMetrics _runtime;
    private readonly Jitter _jitter;
    private readonly TaskCompletionSource _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Creates an agent; nothing is opened yet.</summary>
    /// <param name="settings">What it is told.</param>
    /// <param name="surroundings">Where it lives.</param>
    /// <param name="log">Where it logs.</param>
    public AgentProcess(AgentSettings settings, AgentSurroundings surroundings, Logger log)
    {
        _settings = settings;
        _surroundings = surroundings;
        _rootLog = log;
        _log = log.For("manager");
        _metrics = new MetricRegistry(settings.Metrics, "spire_agent", TrustDomain.Name, Time);
        _runtime = new RuntimeMetrics(_metrics, Time);
        _jitter = new Jitter(surroundings.Random);
    }

    /// <summary>Gets what ends when workloads are served.</summary>
    public Task Serving => _serving.Task;

    private TimeProvider Time => _surroundings.Time;

    private TrustDomain TrustDomain => _settings.Trust.TrustDomain;

    /// <summary>Runs until it is cancelled.</summary>
    /// <exception cref="AgentException">The agent cannot start or go on.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _rootLog.Info("Starting agent", ("data_dir", _settings.DataDirectory), ("version", Release.Embedded));
        CreateDataDirectory();
        _metrics.Set("started", 1, ("version", Release.Embedded), ("trust_domain_id", TrustDomain.Name));
        try
        {
            await using var metrics = await MetricEndpoint.StartAsync(_settings.Metrics, _metrics, _runtime.Refresh, _rootLog, cancellationToken);
            using var socket = new OwnSocket(_settings.SocketPath, HealthLimit, TimeProvider.System);
            await Together.RunAsync([stop => RunAsync(socket, stop), stop => LookAfterHealthAsync(socket, stop)], cancellationToken);
        }
        catch (IOException error)
        {
            throw new AgentException(error.Message, error);
        }
    }

    private void CreateDataDirectory()
    {
        try
        {
            Directory.CreateDirectory(_settings.DataDirectory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new AgentException($"data_dir '{_settings.DataDirectory}' cannot be created: {error.Message}", error);
        }
    }

    private async Task RunAsync(OwnSocket socket, CancellationToken cancellationToken)
    {
        var data = AgentData.Open(_settings.DataDirectory);
        IKeyManager keys = _settings.KeyDirectory is { } directory ? DiskKeyManager.Open(directory) : new MemoryKeyManager();
        INodeAttestor attestor = _settings switch
        {
            { JoinToken: null, Pop: { } files } => new PopAttestor(files),
            { JoinToken: null, Psat: { } source } => new PsatAttestor(source),
            _ => new JoinTokenAttestor(_settings.JoinToken),
        };
        var (identity, bundle) = await new Bootstrapper(_settings.Trust, data, keys, attestor, Dial, _jitter, Time, _metrics, _rootLog).RunAsync(cancellationToken);
        if (!identity.Reattestable && keys is MemoryKeyManager)
        {
            _rootLog.Warn("Node attestation is not reattestable and the 'memory' key manager is in use; if the agent process is restarted, it will be unable to obtain a new SVID and will need to be manually evicted to be able to re-attest.");
        }

        using var parts = Compose(data, keys, attestor, identity, bundle);
        await parts.Manager.InitializeAsync(Bootstrapper.NewPatience(_jitter, Time), cancellationToken);
        await ServeAsync(parts, socket, cancellationToken);
    }

    private ServerChannel Dial(ServerTrust trust) =>
        new(_settings.Server, new ServerConnector(_settings.Server, () => trust), _surroundings.LookUp, _jitter, Time);

    private AgentParts Compose(AgentData data, IKeyManager keys, INodeAttestor attestor, AgentIdentity identity, TrustBundle bundle)
    {
        var current = new CurrentIdentity(identity);
        var cache = new EntryCache(bundle, _settings.X509CacheSize, Time, _metrics, _log);
        var connector = new ServerConnector(_settings.Server, () => ServerTrust.ByBundle(cache.Bundle, current.Value.Svid, Time));
        var rotationLock = new RotationLock();
        var client = new ServerClient(
            new SharedChannel(() => new ServerChannel(_settings.Server, connector, _surroundings.LookUp, _jitter, Time)
            {
                NeverReconnects = _settings.Defects.Contains(Defect.NeverReconnects),
            }),
            rotationLock,
            Time,
            _log)
        {
            AsksForChanges = _settings.AsksForChanges,
            TokenLimitWithFallback = _settings.TokenLimitWithFallback,
        };
        var rotation = new Rotation(_jitter, _settings.AvailabilityTarget);
        var remember = new Remembering(data, _log);
        var rotator = new SvidRotator(
            current, keys, attestor, client, rotationLock, () => Dial(ServerTrust.ByBundle(cache.Bundle, null, Time)), remember, rotation, _jitter, Time, _metrics, _log)
        {
            AttestsWithoutLimit = _settings.Defects.Contains(Defect.AttestsWithoutLimit),
            GivesUpAtOnce = _settings.Defects.Contains(Defect.GivesUpReattesting),
        };
        var tokens = new JwtCache(_settings.JwtCacheSize, _metrics);
        var signing = new SvidSigning(cache, client, rotation, _settings.WorkloadKeyType, _metrics, _log);
        var tainted = new TaintedAuthorities(cache, tokens, rotator, Time, _metrics, _log);
        var synchronizer = new Synchronizer(client, cache, signing, tainted, remember, rotation, _settings.SyncInterval, _jitter, Time, _metrics, _log)
        {
            FailureDropsCache = _settings.Defects.Contains(Defect.FailedSyncDropsCache),
        };
        remember.Bundle(bundle);
        return new AgentParts(
            current,
            cache,
            tokens,
            new JwtSvids(tokens, client, rotation, Time, _log),
            signing,
            synchronizer,
            new CacheManager(synchronizer, rotator, client, current, remember, Time, _log));
    }

    private async Task ServeAsync(AgentParts parts, OwnSocket socket, CancellationToken cancellationToken)
    {
        var log = _rootLog.For("endpoints");
        var interceptors = new SocketInterceptors(_metrics);
        await using var workloads = await AgentSocket.OpenForWorkloadsAsync(_settings.SocketPath, WorkloadHandlers(parts, socket), interceptors, Time, log, cancellationToken);
        log.Info("Starting agent APIs", ("network", "unix"), ("address", _settings.SocketPath), ("apis", "Workload API"));
        await using var administration = _settings.AdminSocketPath is { } path
            ? await AgentSocket.OpenForAdministratorsAsync(path, AdminHandlers(parts), interceptors, Time, log, cancellationToken)
            : null;
        _serving.TrySetResult();
        try
        {
            await parts.Manager.RunAsync(cancellationToken);
        }
        finally
        {
            log.Info("Stopping agent APIs", ("apis", "Workload API"));
        }
    }

    private GrpcHandlers WorkloadHandlers(AgentParts parts, OwnSocket socket)
    {
        var handlers = new GrpcHandlers();
        var attestation = new WorkloadAttestation([new UnixAttestor(_settings.Unix)], _metrics, _rootLog);
        new WorkloadApi(parts.Cache, parts.JwtSvids, attestation, _settings.Workloads, _jitter, Time, _rootLog).MapTo(handlers);
        new HealthApi(socket).MapTo(handlers);
        return handlers;
    }

    private GrpcHandlers AdminHandlers(AgentParts parts)
    {
        var handlers = new GrpcHandlers();
        new DebugApi(parts.Identity, parts.Cache, parts.Tokens, parts.Synchronizer, _runtime, Time).MapTo(handlers);
        return handlers;
    }

    private async Task LookAfterHealthAsync(OwnSocket socket, CancellationToken cancellationToken)
    {
        // An agent that still looks for its servers after a while tells that it is not ready.
        var begin = Task.Delay(HealthDelay, Time, cancellationToken);
        await Task.WhenAny(_serving.Task, begin);
        cancellationToken.ThrowIfCancellationRequested();
        var checker = new HealthChecker(_rootLog, Time);
        checker.Add("agent", stop => CheckAsync(socket, stop));
        await using var endpoint = await HealthEndpoint.StartAsync(_settings.Health, checker, _rootLog, cancellationToken);
        await checker.RunAsync(cancellationToken);
    }

    private async Task<HealthState> CheckAsync(OwnSocket socket, CancellationToken cancellationToken)
    {
        try
        {
            await socket.FetchBundlesAsync(cancellationToken);
            return HealthState.Good;
        }
        catch (GrpcException failure) when (failure.Code != StatusCode.Unavailable)
        {
            // Having no identity for itself does not make an agent sick, and neither does having no server.
            return HealthState.Good;
        }
        catch (GrpcException)
        {
            var bad = HealthState.Bad("make_new_x509_err", "workload api is unavailable");
            return bad with { IsLive = !_serving.Task.IsCompleted };
        }
    }
}

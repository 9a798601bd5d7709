using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using EmbeddedSpire.Server.Authorities;
using EmbeddedSpire.Server.Bundles;
using EmbeddedSpire.Server.Calls;
using EmbeddedSpire.Server.Registration;
using EmbeddedSpire.Server.Services;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Server;

/// <summary>All services of a server. Some are offered on the network and on the Unix socket, some on the socket only.</summary>
internal sealed class ServerServices : IDisposable
{
    private readonly Action<GrpcHandlers>[] _everywhere;
    private readonly Action<GrpcHandlers>[] _onSocket;
    private readonly DebugService _debug;

    /// <summary>Creates the services.</summary>
    public ServerServices(
        ServerSettings settings,
        Stores stores,
        SvidIssuer issuer,
        ServerIdentity identity,
        AuthorityManager authorities,
        EntryCacheReloader entries,
        BundleCache bundles,
        Func<TimeSpan> uptime,
        MetricRegistry metrics,
        LogSink sink,
        TimeProvider time)
    {
        var (trustDomain, log) = (settings.TrustDomain, new Logger(sink));
        var limits = new RateLimits(settings.LimitAttestation, settings.LimitSigning, metrics, time);
        _everywhere =
        [
            new AgentService(trustDomain, stores, issuer, limits, log, time).Map,
            new AttestationService(trustDomain, stores, issuer, OpenAttestors(settings, stores, time), limits, log, time).Map,
            new EntryService(trustDomain, stores.Entries, log).Map,
            new AuthorizedEntryService(entries, time).Map,
            new SvidService(trustDomain, issuer, entries, stores.Bundles, limits, settings.HasJwt, log).Map,
            new BundleService(trustDomain, stores.Bundles, bundles, limits, log).Map,
            new FederatedBundleService(trustDomain, stores.Bundles, log).Map,
            new LocalAuthorityService(trustDomain, authorities, identity, stores.Bundles, log).Map,
            TrustDomainService.Map,
        ];
        _debug = new DebugService(trustDomain, stores, identity, uptime, log, time);
        _onSocket =
        [
            new HealthService(trustDomain, stores.Bundles, log).Map,
            new LoggerService(sink, log).Map,
            _debug.Map,
        ];
    }

    /// <summary>Returns the methods for agents and remote administrators.</summary>
    public GrpcHandlers ForNetwork() => Handlers(_everywhere);

    /// <summary>Returns the methods for administrators of this machine.</summary>
    public GrpcHandlers ForSocket() => Handlers(_everywhere.Concat(_onSocket));

    /// <inheritdoc/>
    public void Dispose() => _debug.Dispose();

    private static GrpcHandlers Handlers(IEnumerable<Action<GrpcHandlers>> services)
    {
        var handlers = new GrpcHandlers();
        foreach (var map in services)
        {
            map(handlers);
        }

        return handlers;
    }

    private static Attestors OpenAttestors(ServerSettings settings, Stores stores, TimeProvider time) => new()
    {
        AddsSpiffeIdSelector = settings.AgentIdIsSelector,
        ForgivesUsedTokens = settings.Defects.Contains(Defect.JoinTokenCheckThenAct),
        Psat = settings.Psat is { } clusters ? new PsatAttestor(settings.TrustDomain, clusters) : null,
        Pop = settings.Pop switch
        {
            null => null,
            { SpiffePrefix: { } prefix } pop => new SpiffePopAttestor(settings.TrustDomain, prefix, pop, stores.Bundles, time),
            var pop => new ExternalPopAttestor(settings.TrustDomain, pop, time),
        },
    };
}

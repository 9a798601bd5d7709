using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Agent.Syncing;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.AgentDebugging;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>Tells administrators what the agent has and when it last heard of its server.</summary>
internal sealed class DebugApi
{
    private readonly CurrentIdentity _identity;
    private readonly EntryCache _cache;
    private readonly JwtCache _tokens;
    private readonly Synchronizer _synchronizer;
    private readonly RuntimeMetrics _runtime;
    private readonly TimeProvider _time;

    /// <summary>Creates the API.</summary>
    public DebugApi(CurrentIdentity identity, EntryCache cache, JwtCache tokens, Synchronizer synchronizer, RuntimeMetrics runtime, TimeProvider time)
    {
        _identity = identity;
        _cache = cache;
        _tokens = tokens;
        _synchronizer = synchronizer;
        _runtime = runtime;
        _time = time;
    }

    /// <summary>Adds the API's methods.</summary>
    /// <param name="handlers">Where to.</param>
    public void MapTo(GrpcHandlers handlers) => handlers.Map(AgentDebugMethods.GetInfo, (_, _, _) => Task.FromResult(Info()));

    private static GetInfoResponse.Types.Cert Describe(ReadOnlyMemory<byte> der)
    {
        var certificate = DecodedCertificate.Decode(der);
        return new GetInfoResponse.Types.Cert
        {
            Id = certificate.Uris is [var uri] && SpiffeId.TryParse(uri, out var id, out _) ? id.ToApi() : null,
            ExpiresAt = certificate.NotAfter.ToUnixTimeSeconds(),
            Subject = GoName.Format(certificate.Subject),
        };
    }

    /// <summary>Returns the agent's own SVID and what leads from it to the authority, which is told too.</summary>
    private IEnumerable<ReadOnlyMemory<byte>> Chain()
    {
        var chain = _identity.Value.Svid.Chain;
        var authority = new SvidVerifier(_cache.Bundle).Verify(chain, _time.GetUtcNow()).Authority;
        return authority is null ? chain : chain.Append(authority.Der);
    }

    private GetInfoResponse Info() => new()
    {
        SvidChain = { Chain().Select(Describe) },
        Uptime = (int)_runtime.Uptime.TotalSeconds,
        SvidsCount = _cache.SvidCount,
        CachedX509SvidsCount = _cache.SvidCount,
        CachedJwtSvidsCount = _tokens.Count,
        LastSyncSuccess = _synchronizer.LastSuccess.ToUnixTimeSeconds(),
    };
}

using EmbeddedSpire.Server.Authorities;
using EmbeddedSpire.Server.Calls;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Debugging;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using Logger = EmbeddedSpire.Logging.Logger;

namespace EmbeddedSpire.Server.Services;

/// <summary>Tells administrators of this machine how the server is. Its answers are up to five seconds old.</summary>
internal sealed class DebugService : IDisposable
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    private readonly TrustDomain _trustDomain;
    private readonly Stores _stores;
    private readonly ServerIdentity _identity;
    private readonly Func<TimeSpan> _uptime;
    private readonly Logger _log;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1);
    private (GetInfoResponse Answer, long At)? _last;

    /// <summary>Creates the service.</summary>
    public DebugService(TrustDomain trustDomain, Stores stores, ServerIdentity identity, Func<TimeSpan> uptime, Logger log, TimeProvider time)
    {
        _trustDomain = trustDomain;
        _stores = stores;
        _identity = identity;
        _uptime = uptime;
        _log = log;
        _time = time;
    }

    /// <summary>Adds its method.</summary>
    public void Map(GrpcHandlers handlers) => handlers.Map(DebugMethods.GetInfo, GetInfoAsync);

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<GetInfoResponse> GetInfoAsync(GetInfoRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_last is { } last && _time.GetElapsedTime(last.At) < Freshness)
            {
                return last.Answer;
            }

            var answer = await ReadAsync(_log.For(call), cancellationToken);
            _last = (answer, _time.GetTimestamp());
            return answer;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<GetInfoResponse> ReadAsync(Logger log, CancellationToken cancellationToken)
    {
        var doing = "count agents";
        try
        {
            var agents = await _stores.Nodes.CountAsync(new NodeFilter(), cancellationToken);
            doing = "count entries";
            var entries = await _stores.Entries.CountAsync(new EntryFilter(), cancellationToken);
            doing = "count bundles";
            var bundles = await _stores.Bundles.CountAsync(cancellationToken);
            doing = "fetch trust domain bundle";
            var bundle = await _stores.Bundles.FetchAsync(_trustDomain.Id.ToString(), cancellationToken)
                ?? throw Refusal.Call(log, StatusCode.NotFound, "trust domain bundle not found");
            return new GetInfoResponse
            {
                AgentsCount = agents,
                EntriesCount = entries,
                FederatedBundlesCount = bundles,
                Uptime = (int)_uptime().TotalSeconds,
                SvidChain = { ChainTo(bundle, log).Select(Describe) },
            };
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, $"failed to {doing}", error);
        }
    }

    /// <summary>Returns the server's own certificate and the authority that issued it.</summary>
    private IEnumerable<DecodedCertificate> ChainTo(Spire.Wire.Contracts.Storage.Bundle bundle, Logger log)
    {
        var verifier = new SvidVerifier(new TrustBundle
        {
            TrustDomain = _trustDomain,
            X509Authorities = [.. bundle.RootCas.Select(authority => new X509Authority(authority.DerBytes.Memory))],
        });
        var verification = verifier.Verify(_identity.Svid.Chain, _time.GetUtcNow());
        return verification.IsValid
            ? [.. _identity.Svid.Chain.Select(certificate => DecodedCertificate.Decode(certificate)), verification.Authority!]
            : throw Refusal.Call(log, StatusCode.Internal, "failed verification against bundle", verification.Detail);
    }

    private static GetInfoResponse.Types.Cert Describe(DecodedCertificate certificate) => new()
    {
        Id = certificate.Uris.Count == 1 && SpiffeId.TryParse(certificate.Uris[0], out var id, out _) ? id.ToApi() : null,
        ExpiresAt = certificate.NotAfter.ToUnixTimeSeconds(),
        Subject = GoName.Format(certificate.Subject),
    };
}

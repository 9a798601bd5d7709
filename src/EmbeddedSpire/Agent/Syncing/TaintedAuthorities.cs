using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Agent.Syncing;

/// <summary>
/// Replaces everything that a tainted authority has signed: tokens at once, X509-SVIDs a hundred every 5 s so that the
/// servers are not stormed, the agent's own SVID at the rotator's next look. Each authority is dealt with once.
/// </summary>
internal sealed class TaintedAuthorities
{
    private const int BatchSize = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly EntryCache _cache;
    private readonly JwtCache _tokens;
    private readonly SvidRotator _rotator;
    private readonly TimeProvider _time;
    private readonly MetricRegistry _metrics;
    private readonly Logger _log;
    private readonly HashSet<string> _known = [];
    private readonly HashSet<string> _knownTokenKeys = [];

    /// <summary>Creates it, with no authority dealt with.</summary>
    public TaintedAuthorities(
        EntryCache cache, JwtCache tokens, SvidRotator rotator, TimeProvider time, MetricRegistry metrics, Logger log)
    {
        _cache = cache;
        _tokens = tokens;
        _rotator = rotator;
        _time = time;
        _metrics = metrics;
        _log = log;
    }

    /// <summary>Looks for authorities that were not tainted before.</summary>
    /// <param name="bundle">The bundle of the agent's own trust domain.</param>
    /// <param name="cancellationToken">Ends what goes on in the background.</param>
    /// <returns>What goes on in the background; completed when nothing does.</returns>
    public Task Process(TrustBundle bundle, CancellationToken cancellationToken)
    {
        var tokenKeys = bundle.JwtAuthorities.Where(key => key.Tainted).Select(key => key.KeyId).ToHashSet();
        if (tokenKeys.Any(_knownTokenKeys.Add))
        {
            _knownTokenKeys.UnionWith(tokenKeys);
            DropTokens(tokenKeys);
        }

        var authorities = bundle.X509Authorities.Where(authority => authority.Tainted && _known.Add(KeyOf(authority))).ToList();
        if (authorities.Count == 0)
        {
            return Task.CompletedTask;
        }

        _log.Debug("New tainted X.509 authorities found", ("subject_key_ids", string.Join(',', authorities.Select(KeyOf))));
        var tainted = new TrustBundle { TrustDomain = bundle.TrustDomain, X509Authorities = authorities };
        _rotator.Distrust(tainted);
        return DropSvidsAsync(new SvidVerifier(tainted), cancellationToken);
    }

    private static string KeyOf(X509Authority authority)
    {
        var certificate = DecodedCertificate.Decode(authority.Certificate);
        return certificate.SubjectKeyId ?? certificate.SerialNumber;
    }

    private void DropTokens(HashSet<string> keyIds)
    {
        _log.Debug("New tainted JWT authorities found", ("jwt_authority_key_ids", string.Join(',', keyIds)));
        var metric = _metrics.Call("cache_manager_workload_process_tainted_jwt_svids");
        var begun = metric.Begin();
        var count = _tokens.DropTainted(token => JwtSvid.TryParse(token.Token, out var svid, out _) && keyIds.Contains(svid.KeyId));
        metric.End(begun, nameof(StatusCode.OK));
        _metrics.Observe("cache_manager_tainted_jwt_svids_workload", count);
        _log.Info("JWT-SVIDs were removed from the JWT cache because they were issued by a tainted authority", ("tainted_jwt_svids", count));
    }

    private async Task DropSvidsAsync(SvidVerifier tainted, CancellationToken cancellationToken)
    {
        var metric = _metrics.Call("cache_manager_workload_process_tainted_x509_svids");
        foreach (var batch in _cache.IdsWithSvid().Chunk(BatchSize).Select((ids, number) => (ids, number)))
        {
            if (batch.number > 0)
            {
                await Task.Delay(Interval, _time, cancellationToken);
            }

            var begun = metric.Begin();
            var now = _time.GetUtcNow();
            var count = _cache.DropTainted(batch.ids, svid => tainted.Verify(svid.Chain, now).IsValid);
            metric.End(begun, nameof(StatusCode.OK));
            _metrics.Observe("cache_manager_tainted_x509_svids_workload", count);
            _log.Info("Tainted X.509 SVIDs", ("tainted_x509_svids", count));
        }

        _log.Info("Finished processing all tainted entries");
    }
}

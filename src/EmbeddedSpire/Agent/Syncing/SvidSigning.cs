using System.Security.Cryptography;
using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Agent.Timing;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Syncing;

/// <summary>Has X509-SVIDs signed for the entries that need one, with a new key each, one batch at a time.</summary>
internal sealed class SvidSigning : IDisposable
{
    private readonly EntryCache _cache;
    private readonly ServerClient _client;
    private readonly Rotation _rotation;
    private readonly string _keyType;
    private readonly MetricRegistry _metrics;
    private readonly Logger _log;
    private readonly BatchSize _batch = new();
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Creates the signing.</summary>
    /// <param name="cache">Tells what is needed, and gets it.</param>
    /// <param name="client">The server.</param>
    /// <param name="rotation">Tells of lives that are too short.</param>
    /// <param name="keyType">One of <see cref="WorkloadKeys.Names"/>.</param>
    /// <param name="metrics">Told of calls.</param>
    /// <param name="log">Told of progress.</param>
    public SvidSigning(EntryCache cache, ServerClient client, Rotation rotation, string keyType, MetricRegistry metrics, Logger log)
    {
        _cache = cache;
        _client = client;
        _rotation = rotation;
        _keyType = keyType;
        _metrics = metrics;
        _log = log;
    }

    /// <summary>Has one batch signed, if anything is needed; further ones come with the next round.</summary>
    /// <exception cref="AgentException">The call failed.</exception>
    public async Task SignAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var stale = _cache.Stale();
            if (stale.Count > 0)
            {
                _log.Debug("Renewing stale entries", ("cache_type", "workload"), ("count", stale.Count), ("limit", _batch.Current));
                var batch = stale.Take(_batch.Current).ToList();
                _cache.Store(await _metrics.Call("manager_sync_fetch_svids_updates").MeasureAsync(() => SignAsync(batch, cancellationToken)));
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<IReadOnlyDictionary<string, WorkloadSvid>> SignAsync(IReadOnlyList<StaleEntry> batch, CancellationToken cancellationToken)
    {
        var keys = new Dictionary<string, byte[]>();
        var requests = new Dictionary<string, byte[]>();
        foreach (var (entry, expiresAt) in batch)
        {
            var log = _log.With("entry_id", entry.Id).With("spiffe_id", entry.SpiffeId);
            (expiresAt is null ? log : log.With("expires_at", expiresAt)).Info(expiresAt is null ? "Creating X509-SVID" : "Renewing X509-SVID");
            using var key = WorkloadKeys.Create(_keyType);
            keys[entry.Id] = key.ExportPkcs8PrivateKey();
            requests[entry.Id] = SigningRequest.ForWorkload(key, entry.SpiffeId);
        }

        try
        {
            var answers = await _client.NewX509SvidsAsync(requests, cancellationToken);
            var svids = answers.ToDictionary(answer => answer.Key, answer => Read(answer.Key, answer.Value, keys[answer.Key]));
            _batch.Grow();
            return svids;
        }
        catch (ServerCallException)
        {
            _batch.Shrink();
            throw;
        }
    }

    private WorkloadSvid Read(string entryId, Spire.Wire.Contracts.Types.X509SVID answer, byte[] key)
    {
        try
        {
            var svid = new WorkloadSvid([.. answer.CertChain.Select(certificate => certificate.Memory)], key);
            if (_rotation.IsTargetOutOfReach(svid.Leaf.NotBefore, svid.Leaf.NotAfter))
            {
                _log.Warn(
                    "X509 SVID lifetime isn't long enough to guarantee the availability_target, falling back to the default rotation strategy",
                    ("entry_id", entryId));
            }

            return svid;
        }
        catch (CryptographicException error)
        {
            throw new AgentException($"the server signed something for the entry '{entryId}' that is no SVID: {error.Message}", error);
        }
    }
}

using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Agent.Timing;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Syncing;

/// <summary>Keeps the cache in step with the server: entries and bundles every few seconds, SVIDs twice a second if one is needed.</summary>
internal sealed class Synchronizer
{
    /// <summary>How often SPIRE syncs when it is not told otherwise, and the longest pause of an agent that has nothing yet.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);

    private const int PauseGrowth = 48;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(8);
    private static readonly TimeSpan SvidInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestSvidPause = TimeSpan.FromMinutes(4);

    private readonly ServerClient _client;
    private readonly EntryCache _cache;
    private readonly SvidSigning _signing;
    private readonly TaintedAuthorities _tainted;
    private readonly Remembering _remember;
    private readonly Rotation _rotation;
    private readonly TimeProvider _time;
    private readonly MetricRegistry _metrics;
    private readonly Logger _log;
    private readonly SyncedState _state = new();
    private readonly Backoff _backoff;
    private readonly Backoff _svidBackoff;
    private TrustBundle _bundle;
    private long _lastSuccess;

    /// <summary>Creates the synchronizer.</summary>
    /// <param name="client">The server.</param>
    /// <param name="cache">Kept in step.</param>
    /// <param name="signing">Signs SVIDs.</param>
    /// <param name="tainted">Deals with tainted authorities.</param>
    /// <param name="remember">Writes bundles down.</param>
    /// <param name="rotation">Tells when SVIDs are old.</param>
    /// <param name="interval">The pause between two syncs; more than zero.</param>
    /// <param name="jitter">Draws the pauses.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Told of syncs.</param>
    /// <param name="log">Told of failures.</param>
    public Synchronizer(
        ServerClient client,
        EntryCache cache,
        SvidSigning signing,
        TaintedAuthorities tainted,
        Remembering remember,
        Rotation rotation,
        TimeSpan interval,
        Jitter jitter,
        TimeProvider time,
        MetricRegistry metrics,
        Logger log)
    {
        _client = client;
        _cache = cache;
        _signing = signing;
        _tainted = tainted;
        _remember = remember;
        _rotation = rotation;
        _time = time;
        _metrics = metrics;
        _log = log;
        _bundle = cache.Bundle;
        _backoff = new Backoff(interval, jitter, Shorter(LongestPause, interval * PauseGrowth));
        _svidBackoff = new Backoff(SvidInterval, jitter, LongestSvidPause);
    }

    /// <summary>Gets whether a sync that fails empties the cache: <see cref="Defect.FailedSyncDropsCache"/>.</summary>
    public bool FailureDropsCache { get; init; }

    /// <summary>Gets when the last sync succeeded; the epoch before the first one.</summary>
    public DateTimeOffset LastSuccess => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _lastSuccess));

    /// <summary>Syncs until it is cancelled.</summary>
    /// <exception cref="AgentException">The server will not have this agent any more, or nobody knows who signed its certificate.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = Shorter(_backoff.Next(), DefaultInterval);
        while (true)
        {
            await Task.Delay(pause, _time, cancellationToken);
            try
            {
                await SyncAsync(cancellationToken);
                _backoff.Reset();
                pause = _backoff.Next();
                if (_cache.SvidCount == 0)
                {
                    pause = Shorter(pause, DefaultInterval);
                }
            }
            catch (AgentException failure) when (UnknownAuthority.IsCauseOf(failure))
            {
                _log.Info("Synchronize failed, non-recoverable error", ("error", failure.Message));
                throw new AgentException($"failed to sync with SPIRE Server: {failure.Message}", failure);
            }
            catch (AgentException failure)
            {
                _log.Error("Synchronize failed", ("error", failure.Message));
                if (FailureDropsCache)
                {
                    _cache.Update(new Dictionary<string, CachedEntry>(), [], IsDue);
                }

                if (failure.MeansReattest() || failure.MeansBanned())
                {
                    throw;
                }

                pause = _backoff.Next();
            }
        }
    }

    /// <summary>Has the SVIDs signed that workloads wait for, until it is cancelled.</summary>
    public async Task RunSvidsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(_svidBackoff.Next(), _time, cancellationToken);
            try
            {
                _cache.MarkWanted();
                await _signing.SignAsync(cancellationToken);
                _svidBackoff.Reset();
            }
            catch (AgentException failure)
            {
                _log.Error("SVID sync failed", ("error", failure.Message));
            }
        }
    }

    /// <summary>Syncs once.</summary>
    /// <exception cref="AgentException">A call failed.</exception>
    public async Task SyncAsync(CancellationToken cancellationToken)
    {
        var statistics = await _metrics.Call("manager_sync_fetch_entries_updates").MeasureAsync(() => _client.SyncAsync(_state, cancellationToken));
        Report(statistics);
        if (_state.Bundles.FirstOrDefault(bundle => bundle.TrustDomain == _bundle.TrustDomain) is { } own)
        {
            TakeOver(own, cancellationToken);
        }

        _cache.Update(WorkloadEntries(), _state.Bundles, IsDue);
        await _signing.SignAsync(cancellationToken);
        Interlocked.Exchange(ref _lastSuccess, _time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private bool IsDue(WorkloadSvid svid) => _rotation.IsX509Due(svid.Leaf.NotBefore, svid.Leaf.NotAfter, _time.GetUtcNow());

    /// <summary>Returns the entries that are meant for workloads; no store of SVIDs is supported.</summary>
    private IReadOnlyDictionary<string, CachedEntry> WorkloadEntries() => _state.Entries.Values.Any(entry => entry.StoreSvid)
        ? _state.Entries.Where(pair => !pair.Value.StoreSvid).ToDictionary()
        : _state.Entries;

    private void TakeOver(TrustBundle bundle, CancellationToken cancellationToken)
    {
        if (!_bundle.SaysTheSameAs(bundle))
        {
            _remember.Bundle(bundle);
        }

        _bundle = bundle;

        // Goes on beside the syncs; what it does when it is cancelled is of no interest.
        _ = _tainted.Process(bundle, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private void Report(EntryStatistics statistics)
    {
        _metrics.Set("sync_bundles_total", _state.Bundles.Count);
        _metrics.Set("sync_entries_total", statistics.Total);
        _metrics.Set("sync_entries_missing", statistics.Missing);
        _metrics.Set("sync_entries_stale", statistics.Stale);
        _metrics.Set("sync_entries_dropped", statistics.Dropped);
    }
}

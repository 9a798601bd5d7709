using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Storage;
using Entry = Spire.Wire.Contracts.Types.Entry;

namespace EmbeddedSpire.Server.Registration;

/// <summary>Builds the cache anew, again and again, each time after the interval has passed since the last was done. Nothing else ever changes it.</summary>
internal sealed class EntryCacheReloader
{
    private const int PageSize = 10_000;

    private readonly TrustDomain _trustDomain;
    private readonly EntryStore _entries;
    private readonly NodeSelectorStore _selectors;
    private readonly TimeSpan _interval;
    private readonly CallMetric _reloads;
    private readonly Logger _log;
    private readonly TimeProvider _time;
    private volatile EntryCache _cache = EntryCache.Empty;

    /// <summary>Creates a reloader with an empty cache.</summary>
    public EntryCacheReloader(
        TrustDomain trustDomain, EntryStore entries, NodeSelectorStore selectors, TimeSpan interval, MetricRegistry metrics, Logger log, TimeProvider time)
    {
        _trustDomain = trustDomain;
        _entries = entries;
        _selectors = selectors;
        _interval = interval;
        _reloads = metrics.Call("entry_cache_reload");
        _log = log.For("endpoints");
        _time = time;
    }

    /// <summary>Gets the last cache that was built.</summary>
    public EntryCache Cache => _cache;

    /// <summary>Builds the cache for the first time.</summary>
    /// <exception cref="DatastoreException">The database refused, or it is not there.</exception>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        _log.Info("Building in-memory entry cache");
        await ReloadAsync(cancellationToken);
        _log.Info("Completed building in-memory entry cache");
    }

    /// <summary>Builds the cache until it is cancelled. When that fails the old one goes on.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(_interval, _time, cancellationToken);
            try
            {
                await ReloadAsync(cancellationToken);
            }
            catch (Exception error) when (error is DatastoreException or MalformedEntryException)
            {
                _log.Error("Failed to reload entry cache", ("error", error.Message));
            }
        }
    }

    /// <summary>Builds the cache now.</summary>
    internal async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var begun = _reloads.Begin();
        var status = "Unknown";
        try
        {
            var entries = await ReadEntriesAsync(cancellationToken);
            _cache = EntryCache.Build(_trustDomain, entries, await _selectors.ListAsync(_time.GetUtcNow(), cancellationToken));
            status = "OK";
        }
        catch (DatastoreException error)
        {
            status = error.Code.ToString();
            throw;
        }
        finally
        {
            _reloads.End(begun, status);
        }
    }

    private async Task<List<Entry>> ReadEntriesAsync(CancellationToken cancellationToken)
    {
        var all = new List<Entry>();
        var page = new Page(PageSize, 0);
        while (true)
        {
            var (entries, next) = await _entries.ListAsync(new EntryFilter(), page, mayBeOld: true, cancellationToken);
            if (entries.Count == 0)
            {
                return all;
            }

            all.AddRange(entries.Where(HasUsableIds).Select(EntryConversion.ToApi));
            page = Page.Of(PageSize, next)!;
        }
    }

    private static bool HasUsableIds(RegistrationEntry entry) =>
        SpiffeId.TryParse(entry.SpiffeId, out _, out _) && SpiffeId.TryParse(entry.ParentId, out _, out _);
}

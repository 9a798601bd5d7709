using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Caching;

/// <summary>
/// The entries that the server has authorized the agent for, the bundles, and the SVIDs of as many entries as there is room
/// for. Tells workloads when something has changed for them. May be used by many threads.
/// </summary>
/// <remarks>
/// The limit is a soft one, as in SPIRE: SVIDs that a workload is subscribed to are always kept. Up to the limit SVIDs are
/// signed before anyone asks for them; above it, those that were not wanted for longest go.
/// </remarks>
internal sealed class EntryCache
{
    /// <summary>The number of SVIDs there is room for when the configuration does not say.</summary>
    public const int DefaultLimit = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, CacheRecord> _records = [];
    private readonly SelectorIndex<CacheRecord> _recordsBySelector = new();
    private readonly SelectorIndex<Subscription> _subscriptionsBySelector = new();
    private readonly HashSet<Subscription> _subscriptions = [];
    private readonly Dictionary<string, TrustBundle> _bundles = [];
    private readonly TrustDomain _trustDomain;
    private readonly int _limit;
    private readonly TimeProvider _time;
    private readonly MetricRegistry _metrics;
    private readonly Logger _log;

    /// <summary>Creates a cache without entries.</summary>
    /// <param name="bundle">The bundle of the agent's own trust domain, as far as it is known.</param>
    /// <param name="limit">The number of SVIDs there is room for; zero means <see cref="DefaultLimit"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Told of sizes and changes.</param>
    /// <param name="log">Told of changes.</param>
    public EntryCache(TrustBundle bundle, int limit, TimeProvider time, MetricRegistry metrics, Logger log)
    {
        _trustDomain = bundle.TrustDomain;
        _bundles[bundle.TrustDomain.Name] = bundle;
        _limit = limit > 0 ? limit : DefaultLimit;
        _time = time;
        _metrics = metrics;
        _log = log.For("cache_manager");
    }

    /// <summary>Gets the number of SVIDs.</summary>
    public int SvidCount
    {
        get
        {
            lock (_gate)
            {
                return CountSvids();
            }
        }
    }

    /// <summary>Gets the bundle of the agent's own trust domain.</summary>
    public TrustBundle Bundle
    {
        get
        {
            lock (_gate)
            {
                return _bundles[_trustDomain.Name];
            }
        }
    }

    /// <summary>Takes over what the server says now, and marks the entries that need an SVID.</summary>
    /// <param name="entries">All entries.</param>
    /// <param name="bundles">All bundles. The own one stays when it is not among them: without it no server could be verified.</param>
    /// <param name="isDue">Tells whether an SVID is old enough to be replaced.</param>
    public void Update(IReadOnlyDictionary<string, CachedEntry> entries, IEnumerable<TrustBundle> bundles, Func<WorkloadSvid, bool> isDue)
    {
        lock (_gate)
        {
            var changedBundles = UpdateBundles(bundles);
            var changes = new CacheChanges(changedBundles);
            Remove(entries, changes);
            foreach (var entry in entries.Values)
            {
                AddOrReplace(entry, changes);
            }

            Count(changes);
            MarkMissing();
            MakeRoom();
            foreach (var record in _records.Values.Where(record => record.Svid is { } svid && (changes.Outdated.Contains(record.Entry.Id) || isDue(svid))))
            {
                record.IsStale = true;
            }

            NotifyOf(changes);
        }
    }

    /// <summary>Marks entries without an SVID: those that workloads wait for, and further ones while there is room.</summary>
    public void MarkWanted()
    {
        lock (_gate)
        {
            MarkMissing();
        }
    }

    /// <summary>Returns the entries for which an SVID has to be signed.</summary>
    public IReadOnlyList<StaleEntry> Stale()
    {
        lock (_gate)
        {
            return [.. _records.Values.Where(record => record.IsStale).Select(record => new StaleEntry(record.Entry, record.Svid?.Leaf.NotAfter))];
        }
    }

    /// <summary>Takes over SVIDs that were signed.</summary>
    /// <param name="svids">The SVIDs by the ids of their entries. Those of entries that are gone are dropped.</param>
    public void Store(IReadOnlyDictionary<string, WorkloadSvid> svids)
    {
        lock (_gate)
        {
            foreach (var (id, svid) in svids)
            {
                if (!_records.TryGetValue(id, out var record))
                {
                    _log.Error("Entry not found", ("entry_id", id));
                    continue;
                }

                record.Svid = svid;
                record.IsStale = false;
                _log.Debug("SVID updated", ("entry", id), ("spiffe_id", record.Entry.SpiffeId));
                Notify(record.Entry.Selectors);
            }

            _metrics.Set("lru_cache_svid_map_size", CountSvids());
        }
    }

    /// <summary>Drops SVIDs, so that others are signed soon. Workloads are told when those are there.</summary>
    /// <param name="ids">The ids of the entries to look at.</param>
    /// <param name="isTainted">Tells whether an SVID has to go.</param>
    /// <returns>How many went.</returns>
    public int DropTainted(IEnumerable<string> ids, Func<WorkloadSvid, bool> isTainted)
    {
        lock (_gate)
        {
            var tainted = ids.Select(id => _records.GetValueOrDefault(id)).OfType<CacheRecord>()
                .Where(record => record.Svid is { } svid && isTainted(svid)).ToList();
            tainted.ForEach(record => record.Svid = null);
            return tainted.Count;
        }
    }

    /// <summary>Returns the ids of the entries that have an SVID.</summary>
    public IReadOnlyList<string> IdsWithSvid()
    {
        lock (_gate)
        {
            return [.. _records.Values.Where(record => record.Svid is not null).Select(record => record.Entry.Id)];
        }
    }

    /// <summary>Returns the entries whose selectors are all true of a workload, in the order of their ids.</summary>
    public IReadOnlyList<CachedEntry> Matching(IReadOnlySet<WorkloadSelector> selectors)
    {
        lock (_gate)
        {
            return [.. Match(selectors).Select(record => record.Entry)];
        }
    }

    /// <summary>Returns what there is for a workload now.</summary>
    public WorkloadUpdate UpdateFor(IReadOnlySet<WorkloadSelector> selectors)
    {
        lock (_gate)
        {
            List<WorkloadIdentity> identities =
                [.. Match(selectors).Where(record => record.Svid is not null).Select(record => new WorkloadIdentity(record.Entry, record.Svid!))];
            var federated = identities.SelectMany(identity => identity.Entry.FederatesWith).Distinct()
                .Select(trustDomain => _bundles.GetValueOrDefault(trustDomain.Name)).OfType<TrustBundle>();
            return new WorkloadUpdate(identities, _bundles[_trustDomain.Name], [.. federated]);
        }
    }

    /// <summary>Subscribes a workload. It is told of changes from now on, and wanted SVIDs are signed soon.</summary>
    /// <returns>The subscription; ends when it is disposed of. See <see cref="TryBegin"/>.</returns>
    public Subscription Subscribe(IReadOnlySet<WorkloadSelector> selectors)
    {
        var subscription = new Subscription(this, selectors);
        lock (_gate)
        {
            _subscriptions.Add(subscription);
            _subscriptionsBySelector.Add(subscription, selectors);
            var now = _time.GetUtcNow();
            foreach (var record in Match(selectors))
            {
                record.LastWanted = now;
            }
        }

        return subscription;
    }

    /// <summary>Tells a new subscriber of what there is, once there are SVIDs for all of its entries.</summary>
    /// <returns>False when there are not.</returns>
    public bool TryBegin(Subscription subscription)
    {
        lock (_gate)
        {
            if (Match(subscription.Selectors).Any(record => record.Svid is null))
            {
                return false;
            }

            subscription.Notify();
            return true;
        }
    }

    /// <summary>Ends a subscription.</summary>
    public void Unsubscribe(Subscription subscription)
    {
        lock (_gate)
        {
            if (_subscriptions.Remove(subscription))
            {
                _subscriptionsBySelector.Remove(subscription, subscription.Selectors);
            }
        }
    }

    private int CountSvids() => _records.Values.Count(record => record.Svid is not null);

    private IEnumerable<CacheRecord> Match(IReadOnlySet<WorkloadSelector> selectors) =>
        _recordsBySelector.WithAny(selectors)
            .Where(record => record.Entry.Selectors.IsSubsetOf(selectors))
            .OrderBy(record => record.Entry.Id, StringComparer.Ordinal);

    private HashSet<string> UpdateBundles(IEnumerable<TrustBundle> bundles)
    {
        var given = bundles.ToDictionary(bundle => bundle.TrustDomain.Name);
        foreach (var name in _bundles.Keys.Where(name => name != _trustDomain.Name && !given.ContainsKey(name)).ToList())
        {
            _bundles.Remove(name);
            _log.Debug("Bundle removed", ("trust_domain_id", $"spiffe://{name}"));
        }

        var changed = new HashSet<string>();
        foreach (var (name, bundle) in given)
        {
            if (!_bundles.TryGetValue(name, out var known) || !known.SaysTheSameAs(bundle))
            {
                changed.Add(name);
                _log.Debug(known is null ? "Bundle added" : "Bundle updated", ("trust_domain_id", $"spiffe://{name}"));
            }

            _bundles[name] = bundle;
        }

        return changed;
    }

    private void Remove(IReadOnlyDictionary<string, CachedEntry> wanted, CacheChanges changes)
    {
        foreach (var record in _records.Values.Where(record => !wanted.ContainsKey(record.Entry.Id)).ToList())
        {
            _log.Debug("Entry removed", ("entry", record.Entry.Id), ("spiffe_id", record.Entry.SpiffeId));
            _records.Remove(record.Entry.Id);
            _recordsBySelector.Remove(record, record.Entry.Selectors);
            changes.Removed++;
            changes.Affected.Add(record.Entry.Selectors);
        }
    }

    private void AddOrReplace(CachedEntry entry, CacheChanges changes)
    {
        var existing = _records.GetValueOrDefault(entry.Id);
        if (ReferenceEquals(existing?.Entry, entry) && !changes.ConcernsBundlesOf(entry))
        {
            return;
        }

        changes.Compare(existing?.Entry, entry, _log);
        if (existing is null)
        {
            _records[entry.Id] = existing = new CacheRecord(entry);
            _recordsBySelector.Add(existing, entry.Selectors);
        }
        else if (!existing.Entry.Selectors.SetEquals(entry.Selectors))
        {
            _recordsBySelector.Remove(existing, existing.Entry.Selectors);
            _recordsBySelector.Add(existing, entry.Selectors);
        }

        existing.Entry = entry;
    }

    private void Count(CacheChanges changes)
    {
        _metrics.Increment("lru_cache_entry_add", changes.Added);
        _metrics.Increment("lru_cache_entry_update", changes.Replaced);
        _metrics.Increment("lru_cache_entry_remove", changes.Removed);
        _metrics.Set("lru_cache_record_map_size", _records.Count);
    }

    private void MarkMissing()
    {
        foreach (var record in _records.Values.Where(record => record.Svid is null && IsSubscribed(record)))
        {
            record.IsStale = true;
        }

        var room = _limit - CountSvids();
        var stale = _records.Values.Count(record => record.IsStale);
        foreach (var record in _records.Values)
        {
            if (stale >= room)
            {
                break;
            }

            if (record is { Svid: null, IsStale: false, Entry.IsOnDemand: false })
            {
                record.IsStale = true;
                stale++;
            }
        }
    }

    private void MakeRoom()
    {
        var surplus = CountSvids() - _limit;
        if (surplus <= 0)
        {
            return;
        }

        foreach (var record in _records.Values.Where(record => record.Svid is not null && !IsSubscribed(record)).OrderBy(record => record.LastWanted).Take(surplus))
        {
            _log.Debug("Removing SVID record", ("record_id", record.Entry.Id), ("record_timestamp", record.LastWanted.ToUnixTimeMilliseconds()));
            record.Svid = null;
        }
    }

    // One selector that a subscriber has too is enough for SPIRE, although the subscriber may not match the entry.
    private bool IsSubscribed(CacheRecord record) => record.Entry.Selectors.Any(_subscriptionsBySelector.Has);

    private void NotifyOf(CacheChanges changes)
    {
        if (changes.ConcernsBundleOf(_trustDomain))
        {
            foreach (var subscription in _subscriptions)
            {
                subscription.Notify();
            }
        }
        else
        {
            changes.Affected.ForEach(Notify);
        }
    }

    /// <summary>Tells the workloads of which all these selectors are true.</summary>
    private void Notify(IReadOnlySet<WorkloadSelector> selectors)
    {
        foreach (var subscription in _subscriptionsBySelector.With(selectors.First()).Where(subscription => selectors.IsSubsetOf(subscription.Selectors)))
        {
            subscription.Notify();
        }
    }
}

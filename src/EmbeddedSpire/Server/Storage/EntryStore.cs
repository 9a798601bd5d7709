using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Google.Protobuf;
using Spire.Wire.Contracts.Storage;
using Spire.Wire.Grpc;
using EntryMask = Spire.Wire.Contracts.Types.EntryMask;

namespace EmbeddedSpire.Server.Storage;

/// <summary>Registration entries: which workload gets which SPIFFE id.</summary>
internal sealed class EntryStore
{
    // SPIRE counts by listing, this many at a time.
    private const int CountingPage = 1000;

    private readonly Database _database;
    private readonly Database _replica;
    private readonly StoreCalls _calls;
    private readonly Logger _log;

    /// <summary>Creates the store.</summary>
    /// <param name="database">Where everything is.</param>
    /// <param name="replica">Where lists may come from that may be a little old; the same when there is no replica.</param>
    /// <param name="metrics">Where calls are counted.</param>
    /// <param name="log">Told of entries that are pruned.</param>
    public EntryStore(Database database, Database replica, MetricRegistry metrics, Logger log)
    {
        _database = database;
        _replica = replica;
        _calls = new StoreCalls(metrics, "registration_entry");
        _log = log;
    }

    /// <summary>Makes an entry, unless there is one with the same parent, SPIFFE id and selectors.</summary>
    /// <returns>The entry, and whether it was there already.</returns>
    /// <exception cref="DatastoreException">The entry cannot be stored.</exception>
    public Task<(RegistrationEntry Entry, bool IsOld)> CreateAsync(RegistrationEntry entry, CancellationToken cancellationToken) => _calls.CountAsync("create", () =>
        _database.WriteAsync(
            async session =>
            {
                EntryRules.CheckNew(entry);
                if (await FindSimilarAsync(session, entry) is { } similar)
                {
                    return (similar, true);
                }

                var id = entry.EntryId.Length > 0 ? entry.EntryId : Guid.NewGuid().ToString();
                var row = await InsertAsync(session, id, entry);
                await FederateAsync(session, row, entry.FederatesWith);
                await AddPartsAsync(session, row, entry, selectors: true, dnsNames: true);
                var stored = (await EntryReader.ReadAsync(session, new EntryFilter { EntryId = id }, null))[0].Entry;
                await AddEventAsync(session, id);
                return (stored, false);
            },
            cancellationToken));

    /// <summary>Returns an entry; null when there is none.</summary>
    public Task<RegistrationEntry?> FetchAsync(string entryId, CancellationToken cancellationToken) => _calls.CountAsync("fetch", () =>
        _database.QueryAsync(
            async session => await EntryReader.ReadAsync(session, new EntryFilter { EntryId = entryId }, null) is [var found] ? found.Entry : null,
            cancellationToken));

    /// <summary>Lists entries.</summary>
    /// <param name="filter">Which ones.</param>
    /// <param name="page">Which part; null for all. A page whose items a second look removes is followed by the next.</param>
    /// <param name="mayBeOld">Whether a replica may answer.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<(List<RegistrationEntry> Entries, string NextPage)> ListAsync(
        EntryFilter filter, Page? page, bool mayBeOld, CancellationToken cancellationToken) => _calls.CountAsync("list", () =>
        (mayBeOld ? _replica : _database).QueryAsync(
            async session =>
            {
                while (true)
                {
                    var rows = await EntryReader.ReadAsync(session, filter, page);
                    var entries = rows.Select(row => row.Entry).Where(entry => filter.Selectors?.Holds(entry.Selectors) ?? true).ToList();
                    if (entries.Count > 0 || rows.Count == 0 || page is null)
                    {
                        return (entries, Page.TokenAfter(page, rows.Count == 0 ? null : rows[^1].Row));
                    }

                    page = page with { After = rows[^1].Row };
                }
            },
            cancellationToken));

    /// <summary>Counts entries.</summary>
    public Task<int> CountAsync(EntryFilter filter, CancellationToken cancellationToken) => _calls.CountAsync("count", () =>
        _database.QueryAsync(
            async session =>
            {
                var (count, page) = (0, new Page(CountingPage, 0));
                while (true)
                {
                    var rows = await EntryReader.ReadAsync(session, filter, page);
                    if (rows.Count == 0)
                    {
                        return count;
                    }

                    count += rows.Count(row => filter.Selectors?.Holds(row.Entry.Selectors) ?? true);
                    page = page with { After = rows[^1].Row };
                }
            },
            cancellationToken));

    /// <summary>Changes an entry; its revision number grows by one.</summary>
    /// <param name="entry">The entry id and the new values.</param>
    /// <param name="mask">Which values are meant; null means all.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="DatastoreException">There is no such entry, or it cannot be stored.</exception>
    public Task<RegistrationEntry> UpdateAsync(RegistrationEntry entry, EntryMask? mask, CancellationToken cancellationToken) => _calls.CountAsync("update", () =>
        _database.WriteAsync(
            async session =>
            {
                EntryRules.CheckChange(entry, mask);
                var row = await session.ReadAsync("SELECT id, store_svid FROM registered_entries WHERE entry_id = $1 FOR UPDATE", row => (Id: row.GetInt32(0), StoreSvid: !row.IsDBNull(1) && row.GetBoolean(1)), entry.EntryId) is [var found]
                    ? found
                    : throw DatastoreException.NotFound();
                EntryRules.CheckStored(entry, mask is null || mask.StoreSvid ? entry.StoreSvid : row.StoreSvid, hasNewSelectors: mask is null || mask.Selectors);
                await SaveAsync(session, row.Id, entry, mask);
                await ReplacePartsAsync(session, row.Id, entry, mask);
                var stored = (await EntryReader.ReadAsync(session, new EntryFilter { EntryId = entry.EntryId }, null))[0].Entry;
                await AddEventAsync(session, entry.EntryId);
                return stored;
            },
            cancellationToken));

    /// <summary>Deletes an entry.</summary>
    /// <exception cref="DatastoreException">There is no such entry.</exception>
    public Task DeleteAsync(string entryId, CancellationToken cancellationToken) => _calls.CountAsync("delete", () =>
        _database.WriteAsync(
            async session =>
            {
                var row = await session.ReadAsync("SELECT id FROM registered_entries WHERE entry_id = $1", row => row.GetInt32(0), entryId) is [var found]
                    ? found
                    : throw DatastoreException.NotFound();
                await DeleteRowAsync(session, row);
                return await AddEventAsync(session, entryId);
            },
            cancellationToken));

    /// <summary>Deletes entries that have ended.</summary>
    public Task<int> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken) => _calls.CountAsync("prune", () =>
        _database.WriteAsync(
            async session =>
            {
                var ended = await session.ReadAsync(
                    "SELECT id, entry_id, spiffe_id, parent_id FROM registered_entries WHERE expiry <> 0 AND expiry < $1",
                    row => (Row: row.GetInt32(0), Id: row.GetString(1), SpiffeId: row.GetString(2), ParentId: row.GetString(3)),
                    now.ToUnixTimeSeconds());
                foreach (var entry in ended)
                {
                    await DeleteRowAsync(session, entry.Row);
                    await AddEventAsync(session, entry.Id);
                    _log.Info("Pruned an expired registration", ("spiffe_id", entry.SpiffeId), ("parent_id", entry.ParentId), ("registration_id", entry.Id));
                }

                return ended.Count;
            },
            cancellationToken));

    /// <summary>Deletes the entries that were made together with an agent's join token: their only selector is the agent itself.</summary>
    /// <returns>Their entry ids.</returns>
    internal static async Task<List<string>> DeleteTokenEntriesAsync(Session session, string agentId)
    {
        var deleted = new List<string>();
        foreach (var (row, entry) in await EntryReader.ReadAsync(session, new EntryFilter { ParentId = agentId }, null))
        {
            if (entry.Selectors is [{ Type: "spiffe_id", Value: var value }] && value == agentId)
            {
                await DeleteRowAsync(session, row);
                await AddEventAsync(session, entry.EntryId);
                deleted.Add(entry.EntryId);
            }
        }

        return deleted;
    }

    private static Task<int> AddEventAsync(Session session, string entryId) => session.InsertAsync("registered_entries_events", "entry_id", entryId);

    private static async Task<RegistrationEntry?> FindSimilarAsync(Session session, RegistrationEntry entry)
    {
        var match = new SelectorMatch(MatchKind.Exact, entry.Selectors);
        var filter = new EntryFilter { ParentId = entry.ParentId, SpiffeId = entry.SpiffeId, Selectors = match };
        return (await EntryReader.ReadAsync(session, filter, null)).Select(row => row.Entry).FirstOrDefault(found => match.Holds(found.Selectors));
    }

    private static Task<int> InsertAsync(Session session, string id, RegistrationEntry entry) => session.InsertAsync(
        "registered_entries",
        "entry_id, spiffe_id, parent_id, ttl, admin, downstream, expiry, revision_number, store_svid, hint, jwt_svid_ttl, additional_attributes",
        id,
        entry.SpiffeId,
        entry.ParentId,
        entry.X509SvidTtl,
        entry.Admin,
        entry.Downstream,
        entry.EntryExpiry,
        0L,
        entry.StoreSvid,
        entry.Hint,
        entry.JwtSvidTtl,
        entry.AdditionalAttributes?.ToByteArray());

    private static async Task AddPartsAsync(Session session, int row, RegistrationEntry entry, bool selectors, bool dnsNames)
    {
        foreach (var selector in selectors ? entry.Selectors.AsEnumerable() : [])
        {
            await session.InsertAsync("selectors", "registered_entry_id, type, value", row, selector.Type, selector.Value);
        }

        foreach (var dnsName in dnsNames ? entry.DnsNames.AsEnumerable() : [])
        {
            await session.InsertAsync("dns_names", "registered_entry_id, value", row, dnsName);
        }
    }

    private static async Task FederateAsync(Session session, int row, IReadOnlyCollection<string> trustDomainIds)
    {
        if (trustDomainIds.Count == 0)
        {
            return;
        }

        // As an object: an array of texts would be taken for the list of parameters itself.
        object ids = trustDomainIds.ToArray();
        var bundles = await session.ReadAsync(
            "SELECT id, trust_domain FROM bundles WHERE trust_domain = ANY($1)", bundle => (Id: bundle.GetInt32(0), TrustDomain: bundle.GetString(1)), ids);
        if (trustDomainIds.FirstOrDefault(id => bundles.All(bundle => bundle.TrustDomain != id)) is { } missing)
        {
            throw new DatastoreException(StatusCode.Unknown, $"unable to find federated bundle \"{missing}\"");
        }

        foreach (var bundle in bundles)
        {
            await session.ExecuteAsync("INSERT INTO federated_registration_entries (bundle_id, registered_entry_id) VALUES ($1, $2)", bundle.Id, row);
        }
    }

    private static async Task SaveAsync(Session session, int row, RegistrationEntry entry, EntryMask? mask)
    {
        var parameters = new List<object?> { session.Now };
        var assignments = new List<string> { "updated_at = $1", "revision_number = revision_number + 1" };
        void Set(bool? isMeant, string column, object? value)
        {
            if (isMeant ?? true)
            {
                parameters.Add(value);
                assignments.Add($"{column} = ${parameters.Count}");
            }
        }

        Set(mask?.SpiffeId, "spiffe_id", entry.SpiffeId);
        Set(mask?.ParentId, "parent_id", entry.ParentId);
        Set(mask?.X509SvidTtl, "ttl", entry.X509SvidTtl);
        Set(mask?.Admin, "admin", entry.Admin);
        Set(mask?.Downstream, "downstream", entry.Downstream);
        Set(mask?.ExpiresAt, "expiry", entry.EntryExpiry);
        Set(mask?.StoreSvid, "store_svid", entry.StoreSvid);
        Set(mask?.JwtSvidTtl, "jwt_svid_ttl", entry.JwtSvidTtl);
        Set(mask?.Hint, "hint", entry.Hint);
        Set(mask?.AdditionalAttributes, "additional_attributes", entry.AdditionalAttributes?.ToByteArray());
        parameters.Add(row);
        await session.ExecuteAsync($"UPDATE registered_entries SET {string.Join(", ", assignments)} WHERE id = ${parameters.Count}", [.. parameters]);
    }

    private static async Task ReplacePartsAsync(Session session, int row, RegistrationEntry entry, EntryMask? mask)
    {
        var (selectors, dnsNames) = (mask?.Selectors ?? true, mask?.DnsNames ?? true);
        if (selectors)
        {
            await session.ExecuteAsync("DELETE FROM selectors WHERE registered_entry_id = $1", row);
        }

        if (dnsNames)
        {
            await session.ExecuteAsync("DELETE FROM dns_names WHERE registered_entry_id = $1", row);
        }

        await AddPartsAsync(session, row, entry, selectors, dnsNames);
        if (mask?.FederatesWith ?? true)
        {
            await session.ExecuteAsync("DELETE FROM federated_registration_entries WHERE registered_entry_id = $1", row);
            await FederateAsync(session, row, entry.FederatesWith);
        }
    }

    private static async Task DeleteRowAsync(Session session, int row)
    {
        await session.ExecuteAsync("DELETE FROM federated_registration_entries WHERE registered_entry_id = $1", row);
        await session.ExecuteAsync("DELETE FROM registered_entries WHERE id = $1", row);
        await session.ExecuteAsync("DELETE FROM selectors WHERE registered_entry_id = $1", row);
        await session.ExecuteAsync("DELETE FROM dns_names WHERE registered_entry_id = $1", row);
    }
}

using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Google.Protobuf;
using Spire.Wire.Contracts.Storage;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Server.Storage;

/// <summary>What happens to entries that federate with a trust domain whose bundle is deleted.</summary>
internal enum BundleDeletion
{
    /// <summary>Nothing: the bundle stays as long as there are any.</summary>
    Restrict,

    /// <summary>They are deleted too.</summary>
    Delete,

    /// <summary>They no longer federate with it.</summary>
    Dissociate,
}

/// <summary>Bundles: one row per trust domain, read, changed and written as a whole by all servers.</summary>
internal sealed class BundleStore
{
    private readonly Database _database;
    private readonly StoreCalls _calls;
    private readonly Logger _log;

    public BundleStore(Database database, MetricRegistry metrics, Logger log)
    {
        _database = database;
        _calls = new StoreCalls(metrics, "bundle");
        _log = log;
    }

    /// <summary>Tells whose bundle this server has just written.</summary>
    public event Action<string> Changed = _ => { };

    /// <summary>Returns a bundle; null when there is none.</summary>
    /// <param name="trustDomainId">With <c>spiffe://</c>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<Bundle?> FetchAsync(string trustDomainId, CancellationToken cancellationToken) => _calls.CountAsync("fetch", () =>
        _database.ReadAsync(async session => (await FindAsync(session, trustDomainId, isLocked: false))?.Bundle, cancellationToken));

    /// <summary>Adds authorities to a bundle, or makes it. Its sequence number grows when something was new.</summary>
    public Task<Bundle> AppendAsync(Bundle added, CancellationToken cancellationToken) => _calls.CountAsync("append", () =>
        WriteAsync(
            added.TrustDomainId,
            async session =>
            {
                if (await FindAsync(session, added.TrustDomainId, isLocked: true) is not { } row)
                {
                    return await InsertAsync(session, added);
                }

                if (row.Bundle.Merge(added))
                {
                    row.Bundle.SequenceNumber++;
                    await SaveAsync(session, row);
                }

                return row.Bundle;
            },
            cancellationToken));

    /// <summary>Makes a bundle.</summary>
    /// <exception cref="DatastoreException">There is one already.</exception>
    public Task<Bundle> CreateAsync(Bundle bundle, CancellationToken cancellationToken) => _calls.CountAsync("create", () =>
        WriteAsync(bundle.TrustDomainId, session => InsertAsync(session, bundle), cancellationToken));

    /// <summary>Makes or replaces a bundle.</summary>
    public Task<Bundle> SetAsync(Bundle bundle, CancellationToken cancellationToken) => _calls.CountAsync("set", () =>
        WriteAsync(
            bundle.TrustDomainId,
            async session => await FindAsync(session, bundle.TrustDomainId, isLocked: true) is { } row
                ? await SaveAsync(session, row with { Bundle = bundle })
                : await InsertAsync(session, bundle),
            cancellationToken));

    /// <summary>Changes a bundle.</summary>
    /// <exception cref="DatastoreException">There is none.</exception>
    public Task<Bundle> UpdateAsync(string trustDomainId, Action<Bundle> change, CancellationToken cancellationToken) =>
        ChangeAsync("update", trustDomainId, change, cancellationToken);

    /// <summary>Marks an X.509 authority as not to be relied on. Its sequence number grows, as with the methods below.</summary>
    public Task TaintAuthorityAsync(string trustDomainId, string authorityId, CancellationToken cancellationToken) =>
        ChangeAsync("x509_taint", trustDomainId, bundle => Next(bundle).TaintAuthority(authorityId), cancellationToken);

    /// <summary>Removes a tainted X.509 authority.</summary>
    public Task RevokeAuthorityAsync(string trustDomainId, string authorityId, CancellationToken cancellationToken) =>
        ChangeAsync("x509_revoke", trustDomainId, bundle => Next(bundle).RevokeAuthority(authorityId), cancellationToken);

    /// <summary>Marks a JWT key as not to be relied on.</summary>
    public Task TaintJwtKeyAsync(string trustDomainId, string keyId, CancellationToken cancellationToken) =>
        ChangeAsync("jwt_taint", trustDomainId, bundle => Next(bundle).TaintJwtKey(keyId), cancellationToken);

    /// <summary>Removes a tainted JWT key.</summary>
    public Task RevokeJwtKeyAsync(string trustDomainId, string keyId, CancellationToken cancellationToken) =>
        ChangeAsync("jwt_revoke", trustDomainId, bundle => Next(bundle).RevokeJwtKey(keyId), cancellationToken);

    /// <summary>Removes authorities that have ended.</summary>
    /// <returns>Whether there were any.</returns>
    public Task<bool> PruneAsync(string trustDomainId, DateTimeOffset endedBefore, CancellationToken cancellationToken) => _calls.CountAsync("prune", () =>
        WriteAsync(
            trustDomainId,
            async session =>
            {
                if (await FindAsync(session, trustDomainId, isLocked: true) is not { } row || !row.Bundle.Prune(endedBefore, _log))
                {
                    return false;
                }

                row.Bundle.SequenceNumber++;
                await SaveAsync(session, row);
                return true;
            },
            cancellationToken));

    /// <summary>Deletes a bundle.</summary>
    /// <exception cref="DatastoreException">There is none, or entries federate with its trust domain and may not be touched.</exception>
    public Task DeleteAsync(string trustDomainId, BundleDeletion deletion, CancellationToken cancellationToken) => _calls.CountAsync("delete", () =>
        WriteAsync(
            trustDomainId,
            async session =>
            {
                var row = await FindAsync(session, trustDomainId, isLocked: false) ?? throw DatastoreException.NotFound();
                await LetGoOfEntriesAsync(session, row.Id, deletion);
                return await session.ExecuteAsync("DELETE FROM bundles WHERE id = $1", row.Id);
            },
            cancellationToken));

    /// <summary>Counts bundles, our own included.</summary>
    public Task<int> CountAsync(CancellationToken cancellationToken) => _calls.CountAsync("count", () =>
        _database.ReadAsync(async session => (int)await session.CountAsync("SELECT count(*) FROM bundles"), cancellationToken));

    /// <summary>Lists bundles, our own included.</summary>
    public Task<(List<Bundle> Bundles, string NextPage)> ListAsync(Page? page, CancellationToken cancellationToken) => _calls.CountAsync("list", () =>
        _database.ReadAsync(
            async session =>
            {
                var rows = page is null
                    ? await session.ReadAsync("SELECT id, data FROM bundles", ReadRow)
                    : await session.ReadAsync($"SELECT id, data FROM bundles WHERE id > $1 ORDER BY id LIMIT {page.Size}", ReadRow, page.After);
                return (rows.Select(row => row.Bundle).ToList(), Page.TokenAfter(page, rows.Count == 0 ? null : rows[^1].Id));
            },
            cancellationToken));

    private static async Task<Row?> FindAsync(Session session, string trustDomainId, bool isLocked) => await session.ReadOneAsync(
        $"SELECT id, data FROM bundles WHERE trust_domain = $1{(isLocked ? " FOR UPDATE" : string.Empty)}", ReadRow, trustDomainId);

    private static Row ReadRow(Npgsql.NpgsqlDataReader row) => new(row.GetInt32(0), Bundle.Parser.ParseFrom(row.GetFieldValue<byte[]>(1)));

    private static async Task<Bundle> InsertAsync(Session session, Bundle bundle)
    {
        await session.InsertAsync("bundles", "trust_domain, data", bundle.TrustDomainId, bundle.ToByteArray());
        return bundle;
    }

    private static async Task<Bundle> SaveAsync(Session session, Row row)
    {
        await session.ExecuteAsync("UPDATE bundles SET updated_at = $1, data = $2 WHERE id = $3", session.Now, row.Bundle.ToByteArray(), row.Id);
        return row.Bundle;
    }

    private static async Task LetGoOfEntriesAsync(Session session, int bundleId, BundleDeletion deletion)
    {
        var federated = await session.CountAsync("SELECT count(*) FROM federated_registration_entries WHERE bundle_id = $1", bundleId);
        switch (deletion)
        {
            case var _ when federated == 0:
                break;
            case BundleDeletion.Delete:
                await session.ExecuteAsync("DELETE FROM registered_entries WHERE id IN (SELECT registered_entry_id FROM federated_registration_entries WHERE bundle_id = $1)", bundleId);
                break;
            case BundleDeletion.Dissociate:
                await session.ExecuteAsync("DELETE FROM federated_registration_entries WHERE bundle_id = $1", bundleId);
                break;
            default:
                throw new DatastoreException(StatusCode.FailedPrecondition, $"datastore-sql: cannot delete bundle; federated with {federated} registration entries");
        }
    }

    private static Bundle Next(Bundle bundle)
    {
        bundle.SequenceNumber++;
        return bundle;
    }

    private Task<Bundle> ChangeAsync(string verb, string trustDomainId, Action<Bundle> change, CancellationToken cancellationToken) => _calls.CountAsync(verb, () =>
        WriteAsync(
            trustDomainId,
            async session =>
            {
                var row = await FindAsync(session, trustDomainId, isLocked: true) ?? throw DatastoreException.NotFound();
                change(row.Bundle);
                return await SaveAsync(session, row);
            },
            cancellationToken));

    private async Task<T> WriteAsync<T>(string trustDomainId, Func<Session, Task<T>> write, CancellationToken cancellationToken)
    {
        var result = await _database.WriteAsync(write, cancellationToken);
        Changed(trustDomainId);
        return result;
    }

    private sealed record Row(int Id, Bundle Bundle);
}

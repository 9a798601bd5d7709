using EmbeddedSpire.Metrics;
using Google.Protobuf;
using Spire.Wire.Contracts.Journal;

namespace EmbeddedSpire.Server.Storage;

/// <summary>The journals in which servers keep their own authorities, one row for each server.</summary>
internal sealed class JournalStore
{
    private readonly Database _database;
    private readonly StoreCalls _calls;

    public JournalStore(Database database, MetricRegistry metrics)
    {
        _database = database;
        _calls = new StoreCalls(metrics, "ca_journal");
    }

    /// <summary>Finds the journal of the server whose active X.509 authority this is; null when there is none.</summary>
    public Task<(int Id, Entries Entries)?> FetchAsync(string activeAuthorityId, CancellationToken cancellationToken) => _calls.CountAsync("fetch", () =>
        _database.ReadAsync(
            async session => await session.ReadAsync(
                "SELECT id, data FROM ca_journals WHERE active_x509_authority_id = $1",
                row => (row.GetInt32(0), Entries.Parser.ParseFrom(row.GetFieldValue<byte[]>(1))),
                activeAuthorityId) is [var found, ..] ? found : ((int, Entries)?)null,
            cancellationToken));

    /// <summary>Writes a journal.</summary>
    /// <param name="id">Its row; 0 makes one.</param>
    /// <param name="entries">What it says.</param>
    /// <param name="activeAuthorityId">The active X.509 authority, by which the journal is found.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The row.</returns>
    public Task<int> SetAsync(int id, Entries entries, string activeAuthorityId, CancellationToken cancellationToken) => _calls.CountAsync("set", () =>
        _database.WriteAsync(
            async session =>
            {
                if (id == 0)
                {
                    return await session.InsertAsync(
                        "ca_journals", "data, active_x509_authority_id, active_jwt_authority_id", entries.ToByteArray(), activeAuthorityId, string.Empty);
                }

                if (await session.ReadAsync("SELECT id FROM ca_journals WHERE id = $1 FOR UPDATE", row => row.GetInt32(0), id) is [])
                {
                    throw DatastoreException.NotFound();
                }

                await session.ExecuteAsync(
                    "UPDATE ca_journals SET updated_at = $1, data = $2, active_x509_authority_id = $3 WHERE id = $4",
                    session.Now,
                    entries.ToByteArray(),
                    activeAuthorityId,
                    id);
                return id;
            },
            cancellationToken));

    /// <summary>Removes journals all of whose authorities have ended.</summary>
    public Task<int> PruneAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken) => _calls.CountAsync("prune", () =>
        _database.WriteAsync(
            async session =>
            {
                var limit = endedBefore.ToUnixTimeSeconds();
                var journals = await session.ReadAsync("SELECT id, data FROM ca_journals", row => (Id: row.GetInt32(0), Entries: Entries.Parser.ParseFrom(row.GetFieldValue<byte[]>(1))));
                var ended = journals.Where(journal => journal.Entries.X509CAs.All(authority => authority.NotAfter <= limit) && journal.Entries.JwtKeys.All(key => key.NotAfter <= limit)).ToList();
                foreach (var (id, _) in ended)
                {
                    await session.ExecuteAsync("DELETE FROM ca_journals WHERE id = $1", id);
                }

                return ended.Count;
            },
            cancellationToken));
}

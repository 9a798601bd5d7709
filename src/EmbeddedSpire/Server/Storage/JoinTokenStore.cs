using EmbeddedSpire.Metrics;

namespace EmbeddedSpire.Server.Storage;

/// <summary>Secrets that make one agent each. Those that nobody uses stay for ever, as in SPIRE.</summary>
internal sealed class JoinTokenStore
{
    private readonly Database _database;
    private readonly StoreCalls _calls;

    public JoinTokenStore(Database database, MetricRegistry metrics)
    {
        _database = database;
        _calls = new StoreCalls(metrics, "join_token");
    }

    /// <exception cref="DatastoreException">There is such a token.</exception>
    public Task CreateAsync(string token, long expiry, CancellationToken cancellationToken) => _calls.CountAsync("create", () =>
        _database.WriteAsync(session => session.InsertAsync("join_tokens", "token, expiry", token, expiry), cancellationToken));

    /// <summary>Returns when a token ends, in Unix seconds; null when there is no such token.</summary>
    public Task<long?> FetchAsync(string token, CancellationToken cancellationToken) => _calls.CountAsync("fetch", () =>
        _database.ReadAsync(
            async session => await session.ReadAsync("SELECT expiry FROM join_tokens WHERE token = $1", row => row.GetInt64(0), token) is [var expiry] ? expiry : (long?)null,
            cancellationToken));

    /// <summary>Deletes a token. Of two who try at the same moment one fails.</summary>
    /// <exception cref="DatastoreException">There is no such token any more.</exception>
    public Task DeleteAsync(string token, CancellationToken cancellationToken) => _calls.CountAsync("delete", () =>
        _database.WriteAsync(
            async session => await session.ReadAsync("SELECT id FROM join_tokens WHERE token = $1 FOR UPDATE", row => row.GetInt32(0), token) is [var id]
                ? await session.ExecuteAsync("DELETE FROM join_tokens WHERE id = $1", id)
                : throw DatastoreException.NotFound(),
            cancellationToken));
}

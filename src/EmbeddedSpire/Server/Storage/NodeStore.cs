using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Npgsql;
using Spire.Wire.Contracts.Storage;

namespace EmbeddedSpire.Server.Storage;

/// <summary>Agents that have attested. SPIRE calls them nodes here.</summary>
internal sealed class NodeStore
{
    private const string Columns = "n.id, n.spiffe_id, n.data_type, n.serial_number, n.expires_at, n.new_serial_number, n.new_expires_at, n.can_reattest, n.agent_version";

    // SPIRE counts by listing, this many at a time.
    private const int CountingPage = 1000;

    private readonly Database _database;
    private readonly StoreCalls _calls;
    private readonly Logger _log;

    public NodeStore(Database database, MetricRegistry metrics, Logger log)
    {
        _database = database;
        _calls = new StoreCalls(metrics, "node");
        _log = log;
    }

    /// <summary>Returns an agent, without its selectors; null when there is none.</summary>
    public Task<AttestedNode?> FetchAsync(string spiffeId, CancellationToken cancellationToken) => _calls.CountAsync("fetch", () =>
        _database.ReadAsync(async session => (await FindAsync(session, spiffeId, isLocked: false))?.Node, cancellationToken));

    /// <summary>Makes an agent.</summary>
    /// <exception cref="DatastoreException">There is one already.</exception>
    public Task CreateAsync(AttestedNode node, CancellationToken cancellationToken) => _calls.CountAsync("create", () =>
        _database.WriteAsync(
            async session =>
            {
                await session.InsertAsync(
                    "attested_node_entries",
                    "spiffe_id, data_type, serial_number, expires_at, new_serial_number, new_expires_at, can_reattest, agent_version",
                    node.SpiffeId,
                    node.AttestationDataType,
                    node.CertSerialNumber,
                    Instant(node.CertNotAfter),
                    node.NewCertSerialNumber,
                    node.NewCertNotAfter == 0 ? null : Instant(node.NewCertNotAfter),
                    node.CanReattest,
                    node.AgentVersion);
                return await AddEventAsync(session, node.SpiffeId);
            },
            cancellationToken));

    /// <summary>Changes an agent.</summary>
    /// <param name="spiffeId">Which one.</param>
    /// <param name="change">What changes.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="DatastoreException">There is no such agent.</exception>
    public Task UpdateAsync(string spiffeId, NodeChange change, CancellationToken cancellationToken) => _calls.CountAsync("update", () =>
        _database.WriteAsync(
            async session =>
            {
                var row = await FindAsync(session, spiffeId, isLocked: true) ?? throw DatastoreException.NotFound();
                var parameters = new List<object?> { session.Now };
                var assignments = change.ToSql(parameters);
                parameters.Add(row.Id);
                await session.ExecuteAsync($"UPDATE attested_node_entries SET updated_at = $1, {assignments} WHERE id = ${parameters.Count}", [.. parameters]);
                return await AddEventAsync(session, spiffeId);
            },
            cancellationToken));

    /// <summary>Forgets an agent, its selectors, and the entry that was made with its join token.</summary>
    /// <exception cref="DatastoreException">There is no such agent.</exception>
    public Task DeleteAsync(string spiffeId, CancellationToken cancellationToken) => _calls.CountAsync("delete", () =>
        _database.WriteAsync(session => DeleteAsync(session, spiffeId), cancellationToken));

    /// <summary>Forgets agents whose certificate ended long ago. Banned ones stay.</summary>
    /// <param name="expiredBefore">Who ended before then goes.</param>
    /// <param name="includeNonReattestable">Whether those go too that cannot come back.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>How many there were.</returns>
    public Task<int> PruneAsync(DateTimeOffset expiredBefore, bool includeNonReattestable, int most, CancellationToken cancellationToken) => _calls.CountAsync("prune", () =>
        _database.WriteAsync(
            async session =>
            {
                var expired = await session.ReadAsync(
                    $"SELECT spiffe_id FROM attested_node_entries WHERE expires_at < $1 AND serial_number <> ''{(includeNonReattestable ? string.Empty : " AND can_reattest = true")} LIMIT {most}",
                    row => row.GetString(0),
                    expiredBefore);
                foreach (var spiffeId in expired)
                {
                    await DeleteAsync(session, spiffeId);
                }

                _log.Info("Pruned expired agents", ("count", expired.Count));
                return expired.Count;
            },
            cancellationToken));

    /// <summary>Lists agents.</summary>
    /// <param name="filter">Which ones.</param>
    /// <param name="withSelectors">Whether they come with their selectors.</param>
    /// <param name="page">Which part; null for all. A page whose items a second look removes is followed by the next.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<(List<AttestedNode> Nodes, string NextPage)> ListAsync(
        NodeFilter filter, bool withSelectors, Page? page, CancellationToken cancellationToken) => _calls.CountAsync("list", () =>
        _database.ReadAsync(
            async session =>
            {
                while (true)
                {
                    var rows = await ListOnceAsync(session, filter, withSelectors || filter.Selectors is not null, page);
                    var nodes = rows.Select(row => row.Node).Where(node => filter.Selectors?.Holds(node.Selectors) ?? true).ToList();
                    if (nodes.Count > 0 || rows.Count == 0 || page is null)
                    {
                        return (withSelectors ? nodes : [.. nodes.Select(WithoutSelectors)], Page.TokenAfter(page, rows.Count == 0 ? null : rows[^1].Id));
                    }

                    page = page with { After = rows[^1].Id };
                }
            },
            cancellationToken));

    /// <summary>Counts agents.</summary>
    public Task<int> CountAsync(NodeFilter filter, CancellationToken cancellationToken) => _calls.CountAsync("count", () =>
        _database.QueryAsync(
            async session =>
            {
                var (count, page) = (0, new Page(CountingPage, 0));
                while (true)
                {
                    var rows = await ListOnceAsync(session, filter, filter.Selectors is not null, page);
                    if (rows.Count == 0)
                    {
                        return count;
                    }

                    count += rows.Count(row => filter.Selectors?.Holds(row.Node.Selectors) ?? true);
                    page = page with { After = rows[^1].Id };
                }
            },
            cancellationToken));

    /// <summary>Adds the row that tells other servers of a change.</summary>
    internal static Task<int> AddEventAsync(Session session, string spiffeId) =>
        session.InsertAsync("attested_node_entries_events", "spiffe_id", spiffeId);

    private static DateTimeOffset Instant(long unixSeconds) => DateTimeOffset.FromUnixTimeSeconds(unixSeconds);

    private static AttestedNode WithoutSelectors(AttestedNode node)
    {
        node.Selectors.Clear();
        return node;
    }

    private static async Task<Row?> FindAsync(Session session, string spiffeId, bool isLocked) => await session.ReadOneAsync(
        $"SELECT {Columns} FROM attested_node_entries n WHERE n.spiffe_id = $1{(isLocked ? " FOR UPDATE" : string.Empty)}", ReadRow, spiffeId);

    private static Row ReadRow(NpgsqlDataReader row)
    {
        string Text(int column) => row.IsDBNull(column) ? string.Empty : row.GetString(column);
        long Seconds(int column) => row.IsDBNull(column) ? 0 : row.GetFieldValue<DateTimeOffset>(column).ToUnixTimeSeconds();
        return new Row(row.GetInt32(0), new AttestedNode
        {
            SpiffeId = Text(1),
            AttestationDataType = Text(2),
            CertSerialNumber = Text(3),
            CertNotAfter = Seconds(4),
            NewCertSerialNumber = Text(5),
            NewCertNotAfter = Seconds(6),
            CanReattest = !row.IsDBNull(7) && row.GetBoolean(7),
            AgentVersion = Text(8),
        });
    }

    private static async Task<List<Row>> ListOnceAsync(Session session, NodeFilter filter, bool withSelectors, Page? page)
    {
        var parameters = new List<object?>();
        var picked = $"SELECT * FROM attested_node_entries n WHERE {filter.ToSql(parameters)}";
        if (page is not null)
        {
            parameters.Add(page.After);
            picked += $" AND n.id > ${parameters.Count} ORDER BY n.id LIMIT {page.Size}";
        }

        var rows = new List<Row>();
        await session.ReadAsync(
            withSelectors
                ? $"WITH n AS ({picked}) SELECT {Columns}, m.type, m.value FROM n LEFT JOIN node_resolver_map_entries m ON m.spiffe_id = n.spiffe_id ORDER BY n.id, m.id"
                : $"WITH n AS ({picked}) SELECT {Columns}, NULL, NULL FROM n ORDER BY n.id",
            row =>
            {
                if (rows.Count == 0 || rows[^1].Id != row.GetInt32(0))
                {
                    rows.Add(ReadRow(row));
                }

                if (!row.IsDBNull(9))
                {
                    rows[^1].Node.Selectors.Add(new Selector { Type = row.GetString(9), Value = row.GetString(10) });
                }

                return true;
            },
            [.. parameters]);
        return rows;
    }

    private async Task<int> DeleteAsync(Session session, string spiffeId)
    {
        var row = await FindAsync(session, spiffeId, isLocked: false) ?? throw DatastoreException.NotFound();
        if (row.Node.AttestationDataType == Spire.Wire.Attestation.JoinTokenAttestation.Type)
        {
            foreach (var entryId in await EntryStore.DeleteTokenEntriesAsync(session, spiffeId))
            {
                _log.Info("Cascade-deleted registration entry on attested node deletion", ("parent_id", spiffeId), ("registration_id", entryId));
            }
        }

        await session.ExecuteAsync("DELETE FROM node_resolver_map_entries WHERE spiffe_id = $1", spiffeId);
        await session.ExecuteAsync("DELETE FROM attested_node_entries WHERE id = $1", row.Id);
        return await AddEventAsync(session, spiffeId);
    }

    private sealed record Row(int Id, AttestedNode Node);
}

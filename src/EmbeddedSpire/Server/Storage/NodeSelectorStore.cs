using EmbeddedSpire.Metrics;
using Spire.Wire.Contracts.Storage;

namespace EmbeddedSpire.Server.Storage;

/// <summary>What attestors found out about agents.</summary>
internal sealed class NodeSelectorStore
{
    private readonly Database _database;
    private readonly Database _replica;
    private readonly StoreCalls _calls;

    /// <summary>Creates the store.</summary>
    /// <param name="database">Where everything is.</param>
    /// <param name="replica">Where lists may come from that may be a little old; the same when there is no replica.</param>
    /// <param name="metrics">Where calls are counted.</param>
    public NodeSelectorStore(Database database, Database replica, MetricRegistry metrics)
    {
        _database = database;
        _replica = replica;
        _calls = new StoreCalls(metrics, "node_selectors");
    }

    /// <summary>Replaces the selectors of an agent.</summary>
    public Task SetAsync(string spiffeId, IReadOnlyCollection<Selector> selectors, CancellationToken cancellationToken) => _calls.CountAsync("set", () =>
        _database.WriteAsync(
            async session =>
            {
                var old = await session.ReadAsync("SELECT id FROM node_resolver_map_entries WHERE spiffe_id = $1", row => row.GetInt32(0), spiffeId);
                if (old.Count > 0)
                {
                    await session.ExecuteAsync("DELETE FROM node_resolver_map_entries WHERE id = ANY($1)", old.ToArray());
                }

                foreach (var selector in selectors)
                {
                    await session.InsertAsync("node_resolver_map_entries", "spiffe_id, type, value", spiffeId, selector.Type, selector.Value);
                }

                return await NodeStore.AddEventAsync(session, spiffeId);
            },
            cancellationToken));

    /// <summary>Returns the selectors of an agent.</summary>
    public Task<List<Selector>> FetchAsync(string spiffeId, CancellationToken cancellationToken) => _calls.CountAsync("fetch", () =>
        _database.QueryAsync(
            session => session.ReadAsync(
                "SELECT type, value FROM node_resolver_map_entries WHERE spiffe_id = $1 ORDER BY id",
                row => new Selector { Type = row.GetString(0), Value = row.GetString(1) },
                spiffeId),
            cancellationToken));

    /// <summary>Returns the selectors of all agents whose certificate has not ended, by SPIFFE id.</summary>
    public Task<Dictionary<string, HashSet<(string Type, string Value)>>> ListAsync(DateTimeOffset validAt, CancellationToken cancellationToken) => _calls.CountAsync("list", () =>
        _replica.QueryAsync(
            async session =>
            {
                var byAgent = new Dictionary<string, HashSet<(string, string)>>();
                await session.ReadAsync(
                    "SELECT m.spiffe_id, m.type, m.value FROM node_resolver_map_entries m INNER JOIN attested_node_entries n ON m.spiffe_id = n.spiffe_id WHERE n.expires_at > $1 ORDER BY m.spiffe_id",
                    row =>
                    {
                        var agent = row.GetString(0);
                        if (!byAgent.TryGetValue(agent, out var selectors))
                        {
                            byAgent[agent] = selectors = [];
                        }

                        return selectors.Add((row.GetString(1), row.GetString(2)));
                    },
                    validAt);
                return byAgent;
            },
            cancellationToken));
}

using EmbeddedSpire.Metrics;

namespace EmbeddedSpire.Server.Storage;

/// <summary>The rows that tell of changes. Servers with SPIRE's events-based cache read them; all write and prune them.</summary>
internal sealed class EventStore
{
    private readonly Database _database;
    private readonly StoreCalls _nodes;
    private readonly StoreCalls _entries;

    public EventStore(Database database, MetricRegistry metrics)
    {
        _database = database;
        _nodes = new StoreCalls(metrics, "node_event");
        _entries = new StoreCalls(metrics, "registration_entry_event");
    }

    /// <summary>Removes events that are older than an instant.</summary>
    public async Task PruneAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await _entries.CountAsync("prune", () => _database.WriteAsync(
            session => session.ExecuteAsync("DELETE FROM registered_entries_events WHERE created_at < $1", before), cancellationToken));
        await _nodes.CountAsync("prune", () => _database.WriteAsync(
            session => session.ExecuteAsync("DELETE FROM attested_node_entries_events WHERE created_at < $1", before), cancellationToken));
    }
}

using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using EmbeddedSpire.Server.Storage;

namespace EmbeddedSpire.Server;

/// <summary>Removes what has ended from the database: entries, events, and agents if that is configured. Every server does so by itself.</summary>
internal sealed class Pruner
{
    private static readonly TimeSpan EntryInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan NodeInterval = TimeSpan.FromHours(1);

    private readonly Stores _stores;
    private readonly TimeSpan _eventAge;
    private readonly NodePruning? _nodes;
    private readonly CallMetric _entryPrunings;
    private readonly CallMetric _nodePrunings;
    private readonly Random _random;
    private readonly Logger _log;
    private readonly TimeProvider _time;

    /// <summary>Creates the pruner.</summary>
    /// <param name="stores">What is pruned.</param>
    /// <param name="eventAge">How long events are kept; looked at twice in that time.</param>
    /// <param name="nodes">Which agents are forgotten; null keeps all.</param>
    /// <param name="metrics">Where it is counted.</param>
    /// <param name="random">Spreads the servers' prunings of agents.</param>
    /// <param name="log">Told of failures.</param>
    /// <param name="time">The clock.</param>
    public Pruner(Stores stores, TimeSpan eventAge, NodePruning? nodes, MetricRegistry metrics, Random random, Logger log, TimeProvider time)
    {
        _stores = stores;
        _eventAge = eventAge;
        _nodes = nodes;
        _entryPrunings = metrics.Call("registration_entry_manager_prune");
        _nodePrunings = metrics.Call("node_manager_prune");
        _random = random;
        _log = log;
        _time = time;
    }

    /// <summary>Prunes until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        EveryAsync(() => EntryInterval, () => CountedAsync(_entryPrunings, () => _stores.Entries.PruneAsync(_time.GetUtcNow(), cancellationToken)), "Failed pruning registration entries", cancellationToken),
        EveryAsync(() => _eventAge / 2, () => _stores.Events.PruneAsync(_time.GetUtcNow() - _eventAge, cancellationToken), "Failed to prune events", cancellationToken),
        _nodes is { } nodes
            ? EveryAsync(NextNodePruning, () => CountedAsync(_nodePrunings, () => PruneNodesAsync(nodes, cancellationToken)), "Failed pruning expired agents", cancellationToken)
            : Task.CompletedTask);

    private Task<int> PruneNodesAsync(NodePruning nodes, CancellationToken cancellationToken) => _stores.Nodes.PruneAsync(
        _time.GetUtcNow() - nodes.ExpiredFor, nodes.IncludeNonReattestable, nodes.BatchSize, cancellationToken);

    /// <summary>Draws a time between three and five quarters of an hour.</summary>
    private TimeSpan NextNodePruning() => NodeInterval * (0.75 + (0.5 * _random.NextDouble()));

    private async Task EveryAsync(Func<TimeSpan> interval, Func<Task> prune, string problem, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(interval(), _time, cancellationToken);
            try
            {
                await prune();
            }
            catch (DatastoreException error)
            {
                _log.Error(problem, ("error", error.Message));
            }
        }
    }

    private static async Task CountedAsync(CallMetric metric, Func<Task<int>> prune)
    {
        var begun = metric.Begin();
        var status = "OK";
        try
        {
            await prune();
        }
        catch (DatastoreException error)
        {
            status = error.Code.ToString();
            throw;
        }
        finally
        {
            metric.End(begun, status);
        }
    }
}

using System.Collections.Concurrent;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Contracts.Storage;

namespace EmbeddedSpire.Server.Calls;

/// <summary>What is known of agents for <c>max_attested_node_info_staleness</c>. With a staleness of zero, the default, nothing is ever taken from it.</summary>
internal sealed class NodeCache
{
    private readonly NodeStore _nodes;
    private readonly TimeSpan _staleness;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, (AttestedNode Node, long ReadAt)> _known = [];

    /// <summary>Creates an empty cache.</summary>
    public NodeCache(NodeStore nodes, TimeSpan staleness, TimeProvider time)
    {
        _nodes = nodes;
        _staleness = staleness;
        _time = time;
    }

    private bool IsOn => _staleness > TimeSpan.Zero;

    /// <summary>Reads all agents whose certificate has not ended, if the cache is of any use.</summary>
    /// <exception cref="DatastoreException">The database refused, or it is not there.</exception>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        if (!IsOn)
        {
            return;
        }

        var (nodes, _) = await _nodes.ListAsync(new NodeFilter { ValidAt = _time.GetUtcNow() }, withSelectors: false, null, cancellationToken);
        foreach (var node in nodes)
        {
            _known[node.SpiffeId] = (node, _time.GetTimestamp());
        }
    }

    /// <summary>Returns an agent as it was not too long ago; null when that is not known.</summary>
    public AttestedNode? FindRecent(string spiffeId) =>
        IsOn && _known.TryGetValue(spiffeId, out var known) && _time.GetElapsedTime(known.ReadAt) < _staleness ? known.Node : null;

    /// <summary>Reads an agent from the database; null when there is none.</summary>
    /// <exception cref="DatastoreException">The database refused, or it is not there. What was known is forgotten.</exception>
    public async Task<AttestedNode?> FetchAsync(string spiffeId, CancellationToken cancellationToken)
    {
        if (!IsOn)
        {
            return await _nodes.FetchAsync(spiffeId, cancellationToken);
        }

        _known.TryRemove(spiffeId, out _);
        var node = await _nodes.FetchAsync(spiffeId, cancellationToken);
        if (node is not null)
        {
            _known[spiffeId] = (node, _time.GetTimestamp());
        }

        return node;
    }
}

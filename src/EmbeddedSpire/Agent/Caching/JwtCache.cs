using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Caching;

/// <summary>A JWT-SVID as the server signed it.</summary>
/// <param name="Token">The token.</param>
/// <param name="IssuedAt">When it was issued.</param>
/// <param name="ExpiresAt">When it ends.</param>
internal sealed record CachedToken(string Token, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>Tells whether it has ended.</summary>
    public bool IsExpired(DateTimeOffset now) => now >= ExpiresAt;
}

/// <summary>The JWT-SVIDs that workloads have asked for, by SPIFFE id and audience. The limit is a hard one. May be used by many threads.</summary>
internal sealed class JwtCache
{
    /// <summary>The number of tokens there is room for when the configuration does not say.</summary>
    public const int DefaultLimit = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, CachedToken Token)>> _byKey = [];
    private readonly LinkedList<(string Key, CachedToken Token)> _byUse = new();
    private readonly int _limit;
    private readonly MetricRegistry _metrics;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="limit">The number of tokens there is room for; zero means <see cref="DefaultLimit"/>.</param>
    /// <param name="metrics">Told of the size.</param>
    public JwtCache(int limit, MetricRegistry metrics) => (_limit, _metrics) = (limit > 0 ? limit : DefaultLimit, metrics);

    /// <summary>Gets the number of tokens.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byKey.Count;
            }
        }
    }

    /// <summary>Finds a token; the order of the audiences does not matter.</summary>
    /// <returns>The token, which may have expired; null when there is none.</returns>
    public CachedToken? Find(SpiffeId id, IEnumerable<string> audience)
    {
        lock (_gate)
        {
            if (!_byKey.TryGetValue(KeyOf(id, audience), out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Token;
        }
    }

    /// <summary>Keeps a token. The one that was not used for longest goes when there is no room.</summary>
    public void Store(SpiffeId id, IEnumerable<string> audience, CachedToken token)
    {
        lock (_gate)
        {
            var key = KeyOf(id, audience);
            if (_byKey.Remove(key, out var old))
            {
                _byUse.Remove(old);
            }
            else if (_byKey.Count >= _limit)
            {
                _byKey.Remove(_byUse.Last!.Value.Key);
                _byUse.RemoveLast();
            }

            _byKey[key] = _byUse.AddFirst((key, token));
            _metrics.Set("jwt_svid_cache_size", _byKey.Count);
        }
    }

    /// <summary>Drops tokens, so that others are signed when they are asked for again.</summary>
    /// <param name="isTainted">Tells whether a token has to go.</param>
    /// <returns>How many went.</returns>
    public int DropTainted(Func<CachedToken, bool> isTainted)
    {
        lock (_gate)
        {
            var tainted = _byUse.Where(item => isTainted(item.Token)).Select(item => item.Key).ToList();
            foreach (var key in tainted)
            {
                _byUse.Remove(_byKey[key]);
                _byKey.Remove(key);
            }

            _metrics.Set("jwt_svid_cache_size", _byKey.Count);
            return tainted.Count;
        }
    }

    private static string KeyOf(SpiffeId id, IEnumerable<string> audience) =>
        string.Join('\0', audience.Order(StringComparer.Ordinal).Prepend(id.ToString()));
}

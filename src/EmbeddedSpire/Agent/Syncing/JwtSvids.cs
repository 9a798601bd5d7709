using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Agent.Timing;
using EmbeddedSpire.Logging;

namespace EmbeddedSpire.Agent.Syncing;

/// <summary>
/// Gives workloads JWT-SVIDs: from the cache during the first half of their life, then new ones, and old ones again as long
/// as they live when no new one can be had.
/// </summary>
internal sealed class JwtSvids
{
    private readonly JwtCache _cache;
    private readonly ServerClient _client;
    private readonly Rotation _rotation;
    private readonly TimeProvider _time;
    private readonly Logger _log;

    /// <summary>Creates it.</summary>
    public JwtSvids(JwtCache cache, ServerClient client, Rotation rotation, TimeProvider time, Logger log)
    {
        _cache = cache;
        _client = client;
        _rotation = rotation;
        _time = time;
        _log = log;
    }

    /// <summary>Returns a token.</summary>
    /// <param name="entry">The entry that gives the identity.</param>
    /// <param name="audience">Whom it is meant for; at least one.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="AgentException">There is none, and none can be had.</exception>
    public async Task<CachedToken> FetchAsync(CachedEntry entry, IReadOnlyList<string> audience, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var known = _cache.Find(entry.SpiffeId, audience);
        if (known is not null && !_rotation.IsJwtDue(known.IssuedAt, known.ExpiresAt, now))
        {
            return known;
        }

        try
        {
            var token = await _client.NewJwtSvidAsync(entry.Id, audience, known?.IsExpired(now) == false, cancellationToken);
            _cache.Store(entry.SpiffeId, audience, token);
            return token;
        }
        catch (AgentException failure) when (known is not null)
        {
            if (known.IsExpired(now))
            {
                throw new AgentException($"unable to renew JWT for \"{entry.SpiffeId}\" (err={failure.Message})", failure);
            }

            _log.Warn("Unable to renew JWT; returning cached copy", ("spiffe_id", entry.SpiffeId), ("error", failure.Message));
            return known;
        }
    }
}

using EmbeddedSpire.Server.Storage;
using Spire.Wire.Contracts.Storage;

namespace EmbeddedSpire.Server.Bundles;

/// <summary>The trust domain's bundle, read at most once a second. Our own changes are seen at once, those of other servers within that second.</summary>
internal sealed class BundleCache : IDisposable
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    private readonly BundleStore _bundles;
    private readonly string _trustDomainId;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1);
    private volatile Copy? _copy;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="bundles">Where bundles are.</param>
    /// <param name="trustDomainId">Which one; with <c>spiffe://</c>.</param>
    /// <param name="time">The clock.</param>
    public BundleCache(BundleStore bundles, string trustDomainId, TimeProvider time)
    {
        _bundles = bundles;
        _trustDomainId = trustDomainId;
        _time = time;
        bundles.Changed += changed => _copy = changed == trustDomainId ? null : _copy;
    }

    /// <summary>Returns the bundle, which is shared and must not be changed; null when there is none.</summary>
    /// <exception cref="DatastoreException">The copy is too old and the database does not answer: an old one is never returned.</exception>
    public async ValueTask<Bundle?> FetchAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } copy)
        {
            return copy;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (Fresh() is { } other)
            {
                return other;
            }

            var bundle = await _bundles.FetchAsync(_trustDomainId, cancellationToken);
            _copy = bundle is null ? null : new Copy(bundle, _time.GetTimestamp());
            return bundle;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private Bundle? Fresh() => _copy is { } copy && _time.GetElapsedTime(copy.ReadAt) < Freshness ? copy.Bundle : null;

    private sealed record Copy(Bundle Bundle, long ReadAt);
}

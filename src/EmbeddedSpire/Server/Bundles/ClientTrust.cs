using System.Security.Cryptography;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Storage;

namespace EmbeddedSpire.Server.Bundles;

/// <summary>Verifies the certificates of clients during the TLS handshake, against a bundle that is at most a second old.</summary>
/// <remarks>
/// A handshake cannot wait for the database at the moment at which it has the client's certificate, so it waits before, and not
/// for long. When the database refuses, clients with a certificate are turned away and those without one are let in, as in SPIRE.
/// When the database hangs, SPIRE's handshakes with a certificate hang too; ours fail after <see cref="Patience"/>.
/// </remarks>
internal sealed class ClientTrust
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    // Trusts nobody: it has no bundle at all.
    private static readonly SvidVerifier Nobody = new([]);

    private readonly BundleStore _bundles;
    private readonly IReadOnlyList<TrustDomain> _trustDomains;
    private readonly Logger _log;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private Trust? _trust;
    private Task<Trust>? _refresh;

    /// <summary>Creates a trust that has read nothing yet.</summary>
    /// <param name="bundles">Where bundles are.</param>
    /// <param name="trustDomains">Whose clients may connect.</param>
    /// <param name="log">Told when bundles cannot be read.</param>
    /// <param name="time">The clock.</param>
    public ClientTrust(BundleStore bundles, IReadOnlyList<TrustDomain> trustDomains, Logger log, TimeProvider time)
    {
        _bundles = bundles;
        _trustDomains = trustDomains;
        _log = log;
        _time = time;
        bundles.Changed += _ => Forget();
    }

    /// <summary>Returns a verifier for one handshake.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask<SvidVerifier> GetAsync(CancellationToken cancellationToken)
    {
        Task<Trust> refresh;
        lock (_gate)
        {
            if (IsFresh(_trust))
            {
                return _trust!.Verifier;
            }

            refresh = _refresh ??= RefreshAsync();
        }

        try
        {
            return (await refresh.WaitAsync(Patience, _time, cancellationToken)).Verifier;
        }
        catch (Exception error) when (error is DatastoreException or TimeoutException or CryptographicException or FormatException)
        {
            _log.Debug("Unable to read bundles for a TLS handshake", ("error", error.Message));
            return Nobody;
        }
    }

    private bool IsFresh(Trust? trust) => trust is not null && _time.GetElapsedTime(trust.ReadAt) < Freshness;

    private void Forget()
    {
        lock (_gate)
        {
            _trust = null;
        }
    }

    private async Task<Trust> RefreshAsync()
    {
        // Leaves the lock of the caller before anything is done.
        await Task.Yield();
        var before = _trust;
        try
        {
            var bundles = new List<Bundle>();
            foreach (var trustDomain in _trustDomains)
            {
                // All handshakes wait for this one reading, so it is not ended with any of them.
                if (await _bundles.FetchAsync(trustDomain.Id.ToString(), CancellationToken.None) is { } bundle)
                {
                    bundles.Add(bundle);
                }
            }

            var trust = new Trust(
                bundles,
                before is not null && before.Bundles.SequenceEqual(bundles) ? before.Verifier : new SvidVerifier(bundles.Select(ToTrustBundle)),
                _time.GetTimestamp());
            lock (_gate)
            {
                _trust = trust;
            }

            return trust;
        }
        finally
        {
            lock (_gate)
            {
                _refresh = null;
            }
        }
    }

    private static TrustBundle ToTrustBundle(Bundle bundle) => new()
    {
        TrustDomain = TrustDomain.Parse(bundle.TrustDomainId),
        X509Authorities = [.. bundle.RootCas.Select(authority => new X509Authority(authority.DerBytes.Memory))],
    };

    private sealed record Trust(IReadOnlyList<Bundle> Bundles, SvidVerifier Verifier, long ReadAt);
}

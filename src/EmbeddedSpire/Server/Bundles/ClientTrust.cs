using System.Security.Cryptography;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Storage;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Server.Bundles;

/// <summary>Verifies the certificates of clients during the TLS handshake, against a bundle that is at most a second old.</summary>
/// <remarks>
/// A handshake cannot wait for the database at the moment at which it has the client's certificate, so it waits before, and not
/// for long. When the database refuses, clients with a certificate are turned away and those without one are let in, as in SPIRE.
/// When the database hangs, connections with a certificate hang too, until it answers: that is decided right after the handshake.
/// </remarks>
internal sealed class ClientTrust
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    // Trusts nobody: it has no bundle at all.
    private static readonly SvidVerifier Nobody = new([]);

    private readonly BundleStore _bundles;
    private readonly IReadOnlyList<TrustDomain> _trustDomains;
    private readonly Logger _log;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private Trust? _trust;
    private Task<SvidVerifier>? _refresh;

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

    /// <summary>Returns the TLS of one connection.</summary>
    /// <param name="identity">Our own SVID.</param>
    /// <param name="mayConnect">Tells whether a client with this id may connect at all.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask<ServerTls> BeginAsync(X509Svid identity, Func<SpiffeId, bool> mayConnect, CancellationToken cancellationToken)
    {
        var verifier = GetAsync();
        if (!verifier.IsCompleted)
        {
            await Task.WhenAny(verifier, Task.Delay(Patience, _time, cancellationToken));
        }

        var handshake = new Handshake(verifier, mayConnect, _time);
        return new ServerTls(SvidTls.ForServer(identity, handshake.IsWelcome), handshake.MayGoOnAsync);
    }

    /// <summary>Returns what verifies certificates now. Never fails: where no bundle can be read, nobody is trusted.</summary>
    private Task<SvidVerifier> GetAsync()
    {
        lock (_gate)
        {
            return IsFresh(_trust) ? _trust!.Task : _refresh ??= RefreshAsync();
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

    private async Task<SvidVerifier> RefreshAsync()
    {
        // Leaves the lock of the caller before anything is done.
        await Task.Yield();
        try
        {
            var trust = await ReadAsync();
            lock (_gate)
            {
                _trust = trust;
            }

            return trust.Verifier;
        }
        catch (Exception error) when (error is DatastoreException or CryptographicException or FormatException)
        {
            _log.Debug("Unable to read bundles for a TLS handshake", ("error", error.Message));
            return Nobody;
        }
        finally
        {
            lock (_gate)
            {
                _refresh = null;
            }
        }
    }

    private async Task<Trust> ReadAsync()
    {
        var before = _trust;
        var bundles = new List<Bundle>();
        foreach (var trustDomain in _trustDomains)
        {
            // All handshakes wait for this one reading, so it is not ended with any of them.
            if (await _bundles.FetchAsync(trustDomain.Id.ToString(), CancellationToken.None) is { } bundle)
            {
                bundles.Add(bundle);
            }
        }

        var isSame = before is not null && before.Bundles.SequenceEqual(bundles);
        return new Trust(bundles, isSame ? before!.Verifier : new SvidVerifier(bundles.Select(ToTrustBundle)), _time.GetTimestamp());
    }

    private static TrustBundle ToTrustBundle(Bundle bundle) => new()
    {
        TrustDomain = TrustDomain.Parse(bundle.TrustDomainId),
        X509Authorities = [.. bundle.RootCas.Select(authority => new X509Authority(authority.DerBytes.Memory))],
    };

    private sealed record Trust(IReadOnlyList<Bundle> Bundles, SvidVerifier Verifier, long ReadAt)
    {
        public Task<SvidVerifier> Task { get; } = System.Threading.Tasks.Task.FromResult(Verifier);
    }

    /// <summary>One handshake, which shows its certificate at a moment at which the bundle may not be there yet.</summary>
    private sealed class Handshake(Task<SvidVerifier> verifier, Func<SpiffeId, bool> mayConnect, TimeProvider time)
    {
        private IReadOnlyList<ReadOnlyMemory<byte>>? _undecided;

        public bool IsWelcome(IReadOnlyList<ReadOnlyMemory<byte>> chain)
        {
            if (verifier.IsCompletedSuccessfully)
            {
                return SvidTls.Verify(chain, verifier.Result, mayConnect, time) is null;
            }

            _undecided = chain;
            return true;
        }

        public async ValueTask<bool> MayGoOnAsync(CancellationToken cancellationToken) =>
            _undecided is not { } chain || SvidTls.Verify(chain, await verifier.WaitAsync(cancellationToken), mayConnect, time) is null;
    }
}

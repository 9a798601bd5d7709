using System.Security.Cryptography;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Server.Authorities;

/// <summary>The server's own X509-SVID, which new connections are served with. Replaced at half of its life.</summary>
internal sealed class ServerIdentity : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly SvidIssuer _issuer;
    private readonly KeyKind _kind;
    private readonly CallMetric _rotations;
    private readonly Logger _log;
    private readonly TimeProvider _time;
    private volatile X509Svid? _svid;
    private volatile bool _isTainted;

    /// <summary>Creates an identity without an SVID.</summary>
    public ServerIdentity(SvidIssuer issuer, KeyKind kind, MetricRegistry metrics, Logger log, TimeProvider time)
    {
        _issuer = issuer;
        _kind = kind;
        _rotations = metrics.Call("svid_rotate");
        _log = log;
        _time = time;
    }

    /// <summary>Gets the SVID.</summary>
    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public X509Svid Svid => _svid ?? throw new InvalidOperationException("no certificates found");

    /// <summary>Makes a new SVID with a new key.</summary>
    /// <exception cref="SigningException">There is no active authority, or it has expired.</exception>
    public void Rotate()
    {
        var begun = _rotations.Begin();
        var status = "Unknown";
        try
        {
            using var key = _kind.Create();
            var issued = _issuer.IssueServer(key.ExportSubjectPublicKeyInfo());

            // The one before may still be in use by handshakes; the garbage collector takes it when they are done.
            _svid = new X509Svid(issued.Chain, key);
            _isTainted = false;
            status = "OK";
            _log.Debug("Signed X509 SVID", ("spiffe_id", _svid.Id), ("expiration", issued.NotAfter));
        }
        finally
        {
            _rotations.End(begun, status);
        }
    }

    /// <summary>Replaces the SVID soon when the authority that has been tainted issued it.</summary>
    public void OnTainted(string authorityId)
    {
        if (Svid.Leaf.AuthorityKeyId == authorityId)
        {
            _log.Info("Server SVID signed using a tainted authority, forcing rotation of the Server SVID");
            _isTainted = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _svid?.Dispose();

    /// <summary>Looks every five seconds whether it is time, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var leaf = Svid.Leaf;
            if (!_isTainted && _time.GetUtcNow() <= leaf.NotBefore + ((leaf.NotAfter - leaf.NotBefore) / 2))
            {
                continue;
            }

            try
            {
                Rotate();
            }
            catch (Exception error) when (error is SigningException or CryptographicException)
            {
                _log.Error("Could not rotate server SVID", ("error", error.Message));
            }
        }
    }
}

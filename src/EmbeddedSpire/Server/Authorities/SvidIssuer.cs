using System.Globalization;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Server.Authorities;

/// <summary>An X509-SVID that has just been issued.</summary>
/// <param name="Chain">The SVID and the intermediates above it, each in DER.</param>
/// <param name="SerialNumber">Decimal, as the database keeps it.</param>
/// <param name="NotAfter">When it ends.</param>
internal sealed record NewX509Svid(IReadOnlyList<ReadOnlyMemory<byte>> Chain, string SerialNumber, DateTimeOffset NotAfter);

/// <summary>A JWT-SVID that has just been issued.</summary>
/// <param name="Token">The token.</param>
/// <param name="IssuedAt">Whole seconds.</param>
/// <param name="ExpiresAt">Whole seconds.</param>
internal sealed record NewJwtSvid(string Token, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt);

/// <summary>There is no authority that could sign, or the request has something that nobody signs.</summary>
internal sealed class SigningException(string message) : Exception(message);

/// <summary>Signs SVIDs with the active authorities of this server. May be used by many threads.</summary>
internal sealed class SvidIssuer
{
    private readonly TrustDomain _trustDomain;
    private readonly Lifetimes _lives;
    private readonly string? _jwtIssuer;
    private readonly MetricRegistry _metrics;
    private readonly TimeProvider _time;
    private volatile CertificateAuthority? _authority;
    private volatile JwtKey? _jwtKey;

    /// <summary>Creates an issuer that has no authority yet.</summary>
    /// <param name="trustDomain">Where it issues.</param>
    /// <param name="lives">How long SVIDs live.</param>
    /// <param name="jwtIssuer">The claim <c>iss</c>; null leaves it out.</param>
    /// <param name="metrics">Where signatures are counted.</param>
    /// <param name="time">The clock of their lives.</param>
    public SvidIssuer(TrustDomain trustDomain, Lifetimes lives, string? jwtIssuer, MetricRegistry metrics, TimeProvider time)
    {
        _trustDomain = trustDomain;
        _lives = lives;
        _jwtIssuer = jwtIssuer;
        _metrics = metrics;
        _time = time;
    }

    /// <summary>Makes an X.509 authority sign from now on.</summary>
    public void Use(CertificateAuthority authority) => _authority = authority;

    /// <summary>Makes a JWT key sign from now on.</summary>
    public void Use(JwtSigner signer, DateTimeOffset notAfter) => _jwtKey = new JwtKey(signer, notAfter);

    /// <summary>Issues the SVID of an agent.</summary>
    /// <exception cref="SigningException">There is no active authority, or it has expired.</exception>
    public NewX509Svid IssueAgent(SpiffeId id, ReadOnlyMemory<byte> publicKey) => Issue(id, publicKey, _lives.Agent ?? _lives.X509Svid, [], null);

    /// <summary>Issues the SVID of a server.</summary>
    /// <exception cref="SigningException">There is no active authority, or it has expired.</exception>
    public NewX509Svid IssueServer(ReadOnlyMemory<byte> publicKey) => Issue(_trustDomain.ServerId, publicKey, _lives.X509Svid, [], null);

    /// <summary>Issues the SVID of a workload.</summary>
    /// <param name="id">Its SPIFFE id.</param>
    /// <param name="publicKey">Its key as SubjectPublicKeyInfo in DER.</param>
    /// <param name="life">How long it lives; zero or less means as long as by default.</param>
    /// <param name="dnsNames">Further names.</param>
    /// <param name="subject">The name it asks for; null gives SPIRE's.</param>
    /// <exception cref="SigningException">There is no active authority, or it has expired.</exception>
    public NewX509Svid IssueWorkload(
        SpiffeId id, ReadOnlyMemory<byte> publicKey, TimeSpan life, IReadOnlyList<string> dnsNames, X500DistinguishedName? subject) =>
        Issue(id, publicKey, life > TimeSpan.Zero ? life : _lives.X509Svid, dnsNames, subject);

    /// <summary>Issues the authority of a downstream server.</summary>
    /// <param name="publicKey">Its key as SubjectPublicKeyInfo in DER.</param>
    /// <param name="life">How long it lives; zero or less means as long as our own do.</param>
    /// <returns>Its certificate and the intermediates above it, each in DER.</returns>
    /// <exception cref="SigningException">There is no active authority, or it has expired.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> IssueDownstream(ReadOnlyMemory<byte> publicKey, TimeSpan life)
    {
        var now = _time.GetUtcNow();
        var chain = Authority("invalid X509 CA", now).IssueAuthority(publicKey, _trustDomain, now, life > TimeSpan.Zero ? life : _lives.Authority);
        _metrics.Increment("server_ca_sign_x509_ca_svid");
        return chain;
    }

    /// <summary>Issues a JWT-SVID.</summary>
    /// <param name="id">Whose it is.</param>
    /// <param name="audience">Whom it is for. Empty texts are dropped.</param>
    /// <param name="life">How long it lives; zero or less means as long as by default.</param>
    /// <param name="hasTokenId">Whether it has a name of its own, the claim <c>jti</c>.</param>
    /// <exception cref="SigningException">There is no active key, it has expired, or no audience is left.</exception>
    public NewJwtSvid IssueJwt(SpiffeId id, IEnumerable<string> audience, TimeSpan life, bool hasTokenId)
    {
        var key = _jwtKey ?? throw new SigningException("JWT key is not available for signing");
        var named = audience.Where(one => one.Length > 0).ToList();
        if (named.Count == 0)
        {
            throw new SigningException("invalid JWT-SVID audience: cannot be empty");
        }

        var now = _time.GetUtcNow();
        var end = now + (life > TimeSpan.Zero ? life : _lives.JwtSvid);
        end = end < key.NotAfter ? end : key.NotAfter;
        if (end <= now)
        {
            throw Expired("invalid JWT-SVID \"exp\" claim", end);
        }

        var token = key.Signer.Sign(id, named, now, end, _jwtIssuer, hasTokenId ? Guid.NewGuid() : null);
        _metrics.Increment("server_ca_sign_jwt_svid");
        return new NewJwtSvid(token, WholeSeconds(now), WholeSeconds(end));
    }

    private static DateTimeOffset WholeSeconds(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeSeconds(instant.ToUnixTimeSeconds());

    private static SigningException Expired(string what, DateTimeOffset end) => new($"{what}: already expired as of {end.ToUniversalTime():yyyy-MM-ddTHH:mm:ssZ}");

    /// <summary>Returns the active authority. It may be dead: a clock can jump, and a machine can sleep through a rotation.</summary>
    private CertificateAuthority Authority(string what, DateTimeOffset now)
    {
        var authority = _authority ?? throw new SigningException("X509 CA is not available for signing");
        return now <= authority.Certificate.NotAfter ? authority : throw Expired(what, authority.Certificate.NotAfter);
    }

    private NewX509Svid Issue(SpiffeId id, ReadOnlyMemory<byte> publicKey, TimeSpan life, IReadOnlyList<string> dnsNames, X500DistinguishedName? subject)
    {
        var now = _time.GetUtcNow();
        var chain = Authority("invalid X509-SVID", now).IssueSvid(publicKey, id, dnsNames, now, life, subject);
        _metrics.Increment("server_ca_sign_x509_svid");
        var leaf = DecodedCertificate.Decode(chain[0]);
        return new NewX509Svid(chain, DecimalSerial(leaf), leaf.NotAfter);
    }

    /// <summary>Writes a serial number as the database and the API have it.</summary>
    internal static string DecimalSerial(DecodedCertificate certificate) =>
        BigInteger.Parse("0" + certificate.SerialNumber, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);

    private sealed record JwtKey(JwtSigner Signer, DateTimeOffset NotAfter);
}

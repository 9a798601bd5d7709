using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Spire.Wire.Certificates;

/// <summary>An authority of a trust domain, with its key: issues certificates with the profile of SPIRE's. May be used by many threads.</summary>
public sealed class CertificateAuthority
{
    private readonly X500DistinguishedName _name;
    private readonly KeyPool _key;

    /// <summary>Creates an authority of a certificate that exists.</summary>
    /// <param name="certificate">Its certificate in DER.</param>
    /// <param name="upstream">The intermediates between it and the root; mostly none.</param>
    /// <param name="key">Its private key: ECDSA or RSA. Copied.</param>
    /// <exception cref="CryptographicException">The certificate cannot be read, is no authority's, or has another key.</exception>
    public CertificateAuthority(ReadOnlyMemory<byte> certificate, IReadOnlyList<ReadOnlyMemory<byte>> upstream, AsymmetricAlgorithm key)
    {
        Certificate = DecodedCertificate.Decode(certificate);
        Upstream = upstream;
        if (!Certificate.IsAuthority || Certificate.SubjectKeyId is null)
        {
            throw new CryptographicException("the certificate is not an authority's, or its key has no identifier");
        }

        if (!Certificate.PublicKey.Span.SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            throw new CryptographicException("the certificate was made for another key");
        }

        _name = new X500DistinguishedName(Certificate.Subject.Span);
        var pkcs8 = key.ExportPkcs8PrivateKey();
        _key = new KeyPool(() => Keys.ReadPrivate(pkcs8));
    }

    /// <summary>Gets its certificate.</summary>
    public DecodedCertificate Certificate { get; }

    /// <summary>Gets the intermediates between it and the root, in DER.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Upstream { get; }

    /// <summary>Gets its name in SPIRE's API and logs: the identifier of its key in lower-case hexadecimal.</summary>
    public string Id => Certificate.SubjectKeyId!;

    private bool IsSelfSigned => Certificate.Issuer.Span.SequenceEqual(Certificate.Subject.Span);

    /// <summary>Makes a self-signed authority.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="key">Its private key: ECDSA or RSA. Copied.</param>
    /// <param name="now">When it is made; its life begins 10 s earlier.</param>
    /// <param name="life">How long it lives from now on. Whole seconds.</param>
    public static CertificateAuthority CreateSelfSigned(TrustDomain trustDomain, AsymmetricAlgorithm key, DateTimeOffset now, TimeSpan life)
    {
        var serial = CertificateProfile.DrawSerialNumber();
        var name = CertificateProfile.AuthorityName(serial);
        var publicKey = new PublicKey(key);
        var certificate = Sign(
            key,
            name,
            name,
            publicKey,
            CertificateProfile.AuthorityExtensions(publicKey, null, trustDomain),
            (now - CertificateProfile.Backdate, now + life),
            serial);
        return new CertificateAuthority(certificate, [], key);
    }

    /// <summary>Issues an X509-SVID.</summary>
    /// <param name="publicKey">The holder's key as SubjectPublicKeyInfo in DER.</param>
    /// <param name="id">The SPIFFE id.</param>
    /// <param name="dnsNames">Further names; the first becomes the common name.</param>
    /// <param name="now">When it is issued; its life begins 10 s earlier.</param>
    /// <param name="life">How long it lives from now on, but never longer than the authority. Whole seconds.</param>
    /// <param name="subject">A name that was asked for; null or empty gives SPIRE's own. The first DNS name is its common name all the same.</param>
    /// <returns>The SVID, then this authority and those above it without the root, each in DER.</returns>
    /// <exception cref="CryptographicException">The key cannot be read.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> IssueSvid(
        ReadOnlyMemory<byte> publicKey,
        SpiffeId id,
        IReadOnlyList<string> dnsNames,
        DateTimeOffset now,
        TimeSpan life,
        X500DistinguishedName? subject = null) =>
        IssueSvid(publicKey, id, dnsNames, (now - CertificateProfile.Backdate, EndOf(now, life)), CertificateProfile.DrawSerialNumber(), subject);

    /// <summary>Issues an authority below this one, as for a downstream server. Its name is ours with a unit that says how far below the root.</summary>
    /// <param name="publicKey">Its key as SubjectPublicKeyInfo in DER.</param>
    /// <param name="trustDomain">Where it is an authority.</param>
    /// <param name="now">When it is issued; its life begins 10 s earlier.</param>
    /// <param name="life">How long it lives from now on, but never longer than this one. Whole seconds.</param>
    /// <returns>Its certificate, then this authority and those above it without the root, each in DER.</returns>
    /// <exception cref="CryptographicException">The key cannot be read.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> IssueAuthority(
        ReadOnlyMemory<byte> publicKey, TrustDomain trustDomain, DateTimeOffset now, TimeSpan life)
    {
        var key = PublicKey.CreateFromSubjectPublicKeyInfo(publicKey.Span, out _);
        var serial = CertificateProfile.DrawSerialNumber();
        return Issue(
            CertificateProfile.NameLike(_name, (ObjectIds.OrganizationalUnit, $"DOWNSTREAM-{1 + Upstream.Count}")),
            key,
            CertificateProfile.AuthorityExtensions(key, Id, trustDomain),
            (now - CertificateProfile.Backdate, EndOf(now, life)),
            serial);
    }

    internal IReadOnlyList<ReadOnlyMemory<byte>> IssueSvid(
        ReadOnlyMemory<byte> publicKey,
        SpiffeId id,
        IReadOnlyList<string> dnsNames,
        (DateTimeOffset From, DateTimeOffset To) life,
        byte[] serial,
        X500DistinguishedName? subject = null)
    {
        var key = PublicKey.CreateFromSubjectPublicKeyInfo(publicKey.Span, out _);
        var commonName = dnsNames.Count > 0 ? dnsNames[0] : null;
        return Issue(
            subject is null or { Name: "" } ? CertificateProfile.SvidName(commonName) : CertificateProfile.NameLike(subject, (ObjectIds.CommonName, commonName)),
            key,
            CertificateProfile.SvidExtensions(key, Id, id, dnsNames),
            life,
            serial);
    }

    private static byte[] Sign(
        AsymmetricAlgorithm signer,
        X500DistinguishedName issuer,
        X500DistinguishedName subject,
        PublicKey key,
        IEnumerable<X509Extension> extensions,
        (DateTimeOffset From, DateTimeOffset To) life,
        byte[] serial)
    {
        var request = new CertificateRequest(subject, key, Keys.HashFor(signer));
        foreach (var extension in extensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        var generator = signer is ECDsa ec
            ? X509SignatureGenerator.CreateForECDsa(ec)
            : X509SignatureGenerator.CreateForRSA((RSA)signer, RSASignaturePadding.Pkcs1);
        using var certificate = request.Create(issuer, generator, life.From, life.To, serial);
        return certificate.RawData;
    }

    private IReadOnlyList<ReadOnlyMemory<byte>> Issue(
        X500DistinguishedName subject,
        PublicKey key,
        IEnumerable<X509Extension> extensions,
        (DateTimeOffset From, DateTimeOffset To) life,
        byte[] serial)
    {
        var certificate = _key.Use(signer => Sign(signer, _name, subject, key, extensions, life, serial));
        return IsSelfSigned ? [certificate] : [certificate, Certificate.Der, .. Upstream];
    }

    private DateTimeOffset EndOf(DateTimeOffset now, TimeSpan life) =>
        now + life < Certificate.NotAfter ? now + life : Certificate.NotAfter;
}

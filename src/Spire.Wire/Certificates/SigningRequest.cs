using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Spire.Wire.Certificates;

/// <summary>A PKCS#10 request for a certificate.</summary>
public sealed class SigningRequest
{
    private readonly ReadOnlyMemory<byte> _der;

    private SigningRequest(ReadOnlyMemory<byte> der, CertificateRequest request)
    {
        _der = der;
        PublicKey = request.PublicKey.ExportSubjectPublicKeyInfo();
        Subject = request.SubjectName;
        var names = request.CertificateExtensions.FirstOrDefault(extension => extension.Oid?.Value == ObjectIds.SubjectAlternativeName);
        (Uris, DnsNames) = names is null ? ([], []) : CertificateDecoder.ReadAlternativeNames(names.RawData);
    }

    /// <summary>Gets the key as SubjectPublicKeyInfo in DER.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Gets the subject.</summary>
    public X500DistinguishedName Subject { get; }

    /// <summary>Gets the URIs among the alternative names.</summary>
    public IReadOnlyList<string> Uris { get; }

    /// <summary>Gets the DNS names among the alternative names.</summary>
    public IReadOnlyList<string> DnsNames { get; }

    /// <summary>Writes the request of an agent. Servers look at its key only.</summary>
    /// <param name="key">The private key: ECDSA or RSA.</param>
    /// <returns>The request in DER.</returns>
    public static byte[] ForAgent(AsymmetricAlgorithm key) => New(key).CreateSigningRequest();

    /// <summary>Writes the request for a workload's SVID. Servers check its signature and look at its key.</summary>
    /// <param name="key">The private key: ECDSA or RSA.</param>
    /// <param name="id">The workload's SPIFFE id.</param>
    /// <returns>The request in DER.</returns>
    public static byte[] ForWorkload(AsymmetricAlgorithm key, SpiffeId id)
    {
        var request = New(key);
        request.CertificateExtensions.Add(CertificateProfile.AlternativeNames(id, []));
        return request.CreateSigningRequest();
    }

    /// <summary>Reads a request, without looking at its signature.</summary>
    /// <param name="der">The request in DER.</param>
    /// <exception cref="CryptographicException">It is none.</exception>
    public static SigningRequest Parse(ReadOnlyMemory<byte> der)
    {
        try
        {
            return new SigningRequest(der, Load(
                der.Span, CertificateRequestLoadOptions.SkipSignatureValidation | CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions));
        }
        catch (Exception error) when (error is System.Formats.Asn1.AsnContentException or ArgumentException)
        {
            throw new CryptographicException($"not a certificate request: {error.Message}", error);
        }
    }

    /// <summary>Tells whether the request was signed with the key that it contains.</summary>
    public bool HasValidSignature()
    {
        try
        {
            Load(_der.Span, CertificateRequestLoadOptions.Default);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static CertificateRequest Load(ReadOnlySpan<byte> der, CertificateRequestLoadOptions options)
    {
        var request = CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, out var read, options, RSASignaturePadding.Pkcs1);
        return read == der.Length ? request : throw new CryptographicException("the request is followed by something else");
    }

    private static CertificateRequest New(AsymmetricAlgorithm key) => key switch
    {
        ECDsa ec => new CertificateRequest(CertificateProfile.SvidName(), ec, Keys.HashFor(key)),
        RSA rsa => new CertificateRequest(CertificateProfile.SvidName(), rsa, Keys.HashFor(key), RSASignaturePadding.Pkcs1),
        _ => throw new ArgumentException($"A {key.GetType().Name} cannot sign requests; allowed are ECDSA and RSA.", nameof(key)),
    };
}

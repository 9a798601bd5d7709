using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Spire.Wire.Certificates;

/// <summary>What SVIDs and their authorities consist of, read from DER without the cost of a platform certificate.</summary>
public sealed class DecodedCertificate
{
    internal DecodedCertificate()
    {
    }

    /// <summary>Gets the whole certificate in DER.</summary>
    public required ReadOnlyMemory<byte> Der { get; init; }

    /// <summary>Gets the serial number in lower-case hexadecimal without leading zeros.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>Gets the start of its life, inclusive.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Gets the end of its life, inclusive.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Gets the issuer's name in DER.</summary>
    public required ReadOnlyMemory<byte> Issuer { get; init; }

    /// <summary>Gets its own name in DER.</summary>
    public required ReadOnlyMemory<byte> Subject { get; init; }

    /// <summary>Gets its public key as SubjectPublicKeyInfo in DER.</summary>
    public required ReadOnlyMemory<byte> PublicKey { get; init; }

    /// <summary>Gets the identifier of its key in lower-case hexadecimal; null when it has none.</summary>
    public string? SubjectKeyId { get; internal set; }

    /// <summary>Gets the identifier of the issuer's key in lower-case hexadecimal; null when it has none.</summary>
    public string? AuthorityKeyId { get; internal set; }

    /// <summary>Gets the URIs among its alternative names.</summary>
    public IReadOnlyList<string> Uris { get; internal set; } = [];

    /// <summary>Gets the DNS names among its alternative names.</summary>
    public IReadOnlyList<string> DnsNames { get; internal set; } = [];

    /// <summary>Gets whether it may issue certificates.</summary>
    public bool IsAuthority { get; internal set; }

    /// <summary>Gets how many authorities may stand between it and a leaf; null when there is no limit.</summary>
    public int? MaxPathLength { get; internal set; }

    /// <summary>Gets what its key may be used for; null when it does not say.</summary>
    public X509KeyUsageFlags? KeyUsage { get; internal set; }

    /// <summary>Gets whether the key usage is marked critical.</summary>
    public bool KeyUsageIsCritical { get; internal set; }

    /// <summary>Gets an extension that is critical and that we do not know; null when there is none.</summary>
    public string? UnknownCriticalExtension { get; internal set; }

    internal ReadOnlyMemory<byte> ToBeSigned { get; init; }

    internal string SignatureAlgorithm { get; init; } = string.Empty;

    internal ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>Reads a certificate.</summary>
    /// <param name="der">The certificate; kept, so it must not change.</param>
    /// <exception cref="CryptographicException">It is none.</exception>
    public static DecodedCertificate Decode(ReadOnlyMemory<byte> der) =>
        TryDecode(der, out var certificate, out var problem) ? certificate : throw new CryptographicException(problem);

    /// <summary>Reads a certificate.</summary>
    /// <param name="der">The certificate; kept, so it must not change.</param>
    /// <param name="certificate">The certificate.</param>
    /// <param name="problem">What is wrong.</param>
    public static bool TryDecode(
        ReadOnlyMemory<byte> der, [NotNullWhen(true)] out DecodedCertificate? certificate, [NotNullWhen(false)] out string? problem)
    {
        try
        {
            certificate = CertificateDecoder.Decode(der);
            problem = null;
            return true;
        }
        catch (Exception error) when (error is AsnContentException or CryptographicException)
        {
            certificate = null;
            problem = $"not a certificate: {error.Message}";
            return false;
        }
    }

    /// <summary>Cuts concatenated DER into its certificates, as the Workload API sends them.</summary>
    /// <param name="concatenated">Certificates without anything between them.</param>
    /// <exception cref="CryptographicException">It is not made of DER values.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> concatenated)
    {
        try
        {
            var certificates = new List<ReadOnlyMemory<byte>>();
            var rest = new AsnReader(concatenated, AsnEncodingRules.DER);
            while (rest.HasData)
            {
                certificates.Add(rest.ReadEncodedValue());
            }

            return certificates;
        }
        catch (AsnContentException error)
        {
            throw new CryptographicException($"not a row of certificates: {error.Message}", error);
        }
    }
}

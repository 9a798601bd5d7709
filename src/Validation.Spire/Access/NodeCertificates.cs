using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace Validation.Spire.Access;

/// <summary>Certificates with which virtual nodes attest by <c>x509pop</c>: one for each node, all under the stack's authority.</summary>
internal sealed class NodeCertificates : IDisposable
{
    // SPIRE knows a node by its certificate, not by its key: one key is enough for all.
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    /// <summary>Creates the certificates' maker.</summary>
    /// <param name="authority">The authority that the servers trust, with its key.</param>
    public NodeCertificates(X509Certificate2 authority) => _authority = authority;

    /// <summary>Makes the certificate of one node; it lives as long as the authority does, also when that has only just been made.</summary>
    /// <param name="name">The node's name; becomes the subject's common name.</param>
    public NodeCertificate Make(string name)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        using var certificate = request.Create(_authority, _authority.NotBefore, _authority.NotAfter, RandomNumberGenerator.GetBytes(16));
        return new NodeCertificate(certificate.RawData, _key);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}

/// <summary>The certificate of one virtual node.</summary>
/// <param name="Certificate">The certificate in DER.</param>
/// <param name="Key">Its private key, shared by all nodes.</param>
internal sealed record NodeCertificate(byte[] Certificate, ECDsa Key)
{
    /// <summary>Gets the path of the agent's SPIFFE id.</summary>
    public string AgentPath { get; } = $"{SpiffeId.AgentPath}/{PopAttestation.Type}/{Fingerprint(Certificate)}";

    /// <summary>Gets what the node shows first.</summary>
    public AttestationData Data { get; } = new PopAgent([Certificate], Key).Data();

    /// <summary>Answers the server's challenge.</summary>
    /// <param name="challenge">The challenge.</param>
    /// <exception cref="FormatException">It is none for this kind of key.</exception>
    public ByteString Respond(ByteString challenge)
    {
        // A key object must not be used by two threads at once.
        lock (Key)
        {
            return new PopAgent([Certificate], Key).Respond(challenge.Span);
        }
    }

    /// <summary>Returns how SPIRE writes the fingerprint of a certificate: SHA-1 in lower-case hexadecimal.</summary>
    /// <param name="certificate">The certificate in DER.</param>
    public static string Fingerprint(ReadOnlySpan<byte> certificate) =>
        Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.SHA1, certificate));
}

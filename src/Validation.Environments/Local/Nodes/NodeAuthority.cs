using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Validation.Environments.Local.Nodes;

/// <summary>The authority that vouches for nodes: SPIRE's <c>x509pop</c> attestor trusts the certificates it issues.</summary>
/// <remarks>One for each stack. Its key exists in memory alone.</remarks>
internal sealed class NodeAuthority : IDisposable
{
    // A stack lives for hours; the day before covers machines whose clock is corrected meanwhile.
    private static readonly TimeSpan Before = TimeSpan.FromDays(1);
    private static readonly TimeSpan After = TimeSpan.FromDays(30);

    private readonly DateTimeOffset _now;

    /// <summary>Makes an authority.</summary>
    /// <param name="time">The clock.</param>
    public NodeAuthority(TimeProvider time)
    {
        _now = time.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=validation node authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        Certificate = request.CreateSelfSigned(_now - Before, _now + After);
    }

    /// <summary>Gets its certificate, with the private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Issues a certificate for a node.</summary>
    /// <param name="node">The node's name.</param>
    public NodeIdentity Issue(string node)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={node}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        // The attestor refuses leaves that may not sign: its challenge is a signature.
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var certificate = request.Create(Certificate, _now - Before, _now + After, RandomNumberGenerator.GetBytes(16));
        // SPIRE names agents by the SHA-1 of their certificate, which is what GetCertHash returns.
        var fingerprint = Convert.ToHexStringLower(certificate.GetCertHash());
        return new NodeIdentity(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n", fingerprint);
    }

    /// <inheritdoc/>
    public void Dispose() => Certificate.Dispose();
}

/// <summary>By what an agent proves which node it is on.</summary>
/// <param name="CertificatePem">The node's certificate.</param>
/// <param name="KeyPem">Its private key, as PKCS #8.</param>
/// <param name="Fingerprint">The certificate's SHA-1 in lower-case hexadecimal.</param>
internal sealed record NodeIdentity(string CertificatePem, string KeyPem, string Fingerprint)
{
    /// <summary>Gets the agent's SPIFFE id, as SPIRE makes it from the certificate.</summary>
    public string AgentId => $"spiffe://{SpireNames.TrustDomain}/spire/agent/x509pop/{Fingerprint}";
}

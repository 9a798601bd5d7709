using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EmbeddedSpire.Agent.Attestation;
using Spire.Wire.Attestation;

namespace EmbeddedSpire.Tests.Agent.Scripted;

/// <summary>A node with a certificate, for <c>x509pop</c>.</summary>
internal sealed class Node
{
    private Node(PopFiles files, X509Certificate2 authority) => (Files, Authority) = (files, authority);

    public PopFiles Files { get; }

    public X509Certificate2 Authority { get; }

    public static Node Create(string directory, TimeProvider time, bool isRsa = false)
    {
        var (from, to) = (time.GetUtcNow().AddHours(-1), time.GetUtcNow().AddDays(30));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=nodes", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var authority = authorityRequest.CreateSelfSigned(from, to);

        using AsymmetricAlgorithm key = isRsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA rsa
            ? new CertificateRequest("CN=node", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=node", (ECDsa)key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        using var certificate = request.Create(
            authority.SubjectName, X509SignatureGenerator.CreateForECDsa((ECDsa)authorityKey), from, to, RandomNumberGenerator.GetBytes(8));

        var files = new PopFiles(Path.Combine(directory, "node.pem"), Path.Combine(directory, "node.key"), null);
        File.WriteAllText(files.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(files.PrivateKey, key.ExportPkcs8PrivateKeyPem());
        return new Node(files, authority);
    }

    public PopServer Believer(TimeProvider time) => new([Authority], time);
}

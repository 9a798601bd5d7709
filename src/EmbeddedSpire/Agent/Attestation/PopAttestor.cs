using System.Security.Cryptography;
using Google.Protobuf;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Agent.Attestation;

/// <summary>Shows a certificate and proves to have its key. The files are read for each attestation, so they can be renewed.</summary>
internal sealed class PopAttestor : INodeAttestor
{
    // The chain is about a node and not about a trust domain; the reader of PEM wants one.
    private static readonly TrustDomain NoTrustDomain = TrustDomain.Parse("x509pop");

    private readonly PopFiles _files;

    /// <summary>Creates the attestor.</summary>
    /// <param name="files">The files.</param>
    /// <exception cref="AgentException">They cannot be read now.</exception>
    public PopAttestor(PopFiles files)
    {
        _files = files;
        Begin();
    }

    public string Name => PopAttestation.Type;

    public INodeProof Begin()
    {
        try
        {
            var chain = ReadCertificates(_files.Certificate);
            var intermediates = _files.Intermediates is { } path ? ReadCertificates(path) : [];
            return new Proof(new PopAgent([.. chain, .. intermediates], ReadKey(_files.PrivateKey)));
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            throw new AgentException($"nodeattestor({Name}): unable to load keypair: {error.Message}", error);
        }
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> ReadCertificates(string path) =>
        [.. BundleFormats.FromPem(NoTrustDomain, File.ReadAllText(path)).X509Authorities.Select(certificate => certificate.Certificate)];

    private static AsymmetricAlgorithm ReadKey(string path)
    {
        var pem = File.ReadAllText(path);
        var label = pem[PemEncoding.Find(pem).Label];
        if (label.StartsWith("RSA", StringComparison.Ordinal))
        {
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return rsa;
        }

        if (label.StartsWith("EC", StringComparison.Ordinal))
        {
            var ec = ECDsa.Create();
            ec.ImportFromPem(pem);
            return ec;
        }

        return Keys.ReadPrivate(Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]));
    }

    private sealed class Proof(PopAgent agent) : INodeProof
    {
        public AttestationData Data() => agent.Data();

        public ByteString Respond(ByteString challenge)
        {
            try
            {
                return agent.Respond(challenge.Span);
            }
            catch (Exception error) when (error is FormatException or CryptographicException)
            {
                throw new AgentException($"nodeattestor({PopAttestation.Type}): failed to calculate challenge response: {error.Message}", error);
            }
        }
    }
}

/// <summary>The files of an <c>x509pop</c> attestor; all are PEM.</summary>
/// <param name="Certificate">The certificate, which may be followed by intermediates.</param>
/// <param name="PrivateKey">Its key: PKCS#8, SEC1 or PKCS#1.</param>
/// <param name="Intermediates">Further intermediates; null when there are none.</param>
internal sealed record PopFiles(string Certificate, string PrivateKey, string? Intermediates);

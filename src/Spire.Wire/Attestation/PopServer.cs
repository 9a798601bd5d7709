using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc;

namespace Spire.Wire.Attestation;

/// <summary>The server's side of <c>x509pop</c>: believes those who have the key of a certificate that its authorities issued.</summary>
public sealed class PopServer
{
    private readonly X509Certificate2Collection _authorities;
    private readonly TimeProvider _time;

    /// <summary>Creates the server's side.</summary>
    /// <param name="authorities">The authorities; at least one.</param>
    /// <param name="time">The clock that lives are compared with.</param>
    public PopServer(IEnumerable<X509Certificate2> authorities, TimeProvider time)
    {
        _authorities = [.. authorities];
        _time = time;
    }

    /// <summary>Gets how many certificates may follow the leaf.</summary>
    /// <value>Defaults to 4, like SPIRE.</value>
    public int MaxIntermediates { get; init; } = 4;

    /// <summary>Gets the size of the largest RSA key that is believed.</summary>
    /// <value>Bits. Defaults to 8192, like SPIRE.</value>
    public int MaxRsaKeySize { get; init; } = 8192;

    /// <summary>Begins an attestation.</summary>
    /// <param name="payload">What the agent shows.</param>
    /// <exception cref="GrpcException">It is not believed. Code and text begin like SPIRE's.</exception>
    public PopAttestation Begin(ReadOnlySpan<byte> payload)
    {
        var certificates = Read(payload);
        var leaf = certificates[0];
        RequireAcceptableKeySizes(certificates);
        var chain = Verify(leaf, certificates.Skip(1));
        var decoded = chain.Select(certificate => DecodedCertificate.Decode(certificate.RawDataMemory)).ToList();
        if (decoded[0].KeyUsage is not { } usage || !usage.HasFlag(X509KeyUsageFlags.DigitalSignature))
        {
            throw PopFailure.Internal("unable to generate challenge: certificate not intended for digital signature use");
        }

        try
        {
            return new PopAttestation(decoded, CommonNameOf(leaf), Keys.ReadPublic(decoded[0].PublicKey.Span));
        }
        catch (CryptographicException error)
        {
            throw PopFailure.Internal($"unable to generate challenge: {error.Message}");
        }
    }

    private List<X509Certificate2> Read(ReadOnlySpan<byte> payload)
    {
        IReadOnlyList<byte[]> ders;
        try
        {
            ders = PopMessages.Read<PopMessages.Payload>(payload).Certificates ?? [];
        }
        catch (JsonException error)
        {
            throw PopFailure.InvalidArgument($"failed to unmarshal data: {error.Message}");
        }

        if (ders.Count == 0)
        {
            throw PopFailure.InvalidArgument("no certificate to attest");
        }

        if (ders.Count - 1 > MaxIntermediates)
        {
            throw PopFailure.InvalidArgument($"too many intermediates: {ders.Count - 1}; allowed are {MaxIntermediates}");
        }

        return [.. ders.Select((der, index) => Load(der, index))];
    }

    private static X509Certificate2 Load(byte[] der, int index)
    {
        try
        {
            // The platform takes other encodings too; an attestor takes DER.
            return X509CertificateLoader.LoadCertificate(DecodedCertificate.Decode(der).Der.Span);
        }
        catch (CryptographicException error)
        {
            var which = index == 0 ? "leaf certificate" : $"intermediate certificate {index - 1}";
            throw PopFailure.InvalidArgument($"unable to parse {which}: {error.Message}");
        }
    }

    private void RequireAcceptableKeySizes(IEnumerable<X509Certificate2> certificates)
    {
        foreach (var certificate in certificates)
        {
            using var key = certificate.GetRSAPublicKey();
            if (key?.KeySize > MaxRsaKeySize)
            {
                throw PopFailure.InvalidArgument($"an RSA key has {key.KeySize} bits; allowed are {MaxRsaKeySize}");
            }
        }
    }

    /// <summary>Builds the chain with the platform: these certificates may come from any authority and follow any of its rules.</summary>
    private IReadOnlyList<X509Certificate2> Verify(X509Certificate2 leaf, IEnumerable<X509Certificate2> intermediates)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.ExtraStore.AddRange(intermediates.ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        if (chain.Build(leaf))
        {
            return [.. chain.ChainElements.Select(element => element.Certificate)];
        }

        var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        throw PopFailure.Denied("certificate verification failed: " + status switch
        {
            // Go counts an authority with the right name and the wrong key as unknown.
            _ when (status & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid)) != 0 =>
                "x509: certificate signed by unknown authority",
            _ when status.HasFlag(X509ChainStatusFlags.NotTimeValid) => "x509: certificate has expired or is not yet valid",
            _ => $"x509: {status}",
        });
    }

    private static string? CommonNameOf(X509Certificate2 certificate) =>
        certificate.SubjectName.EnumerateRelativeDistinguishedNames(reversed: false)
            .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == ObjectIds.CommonName)
            .Select(part => part.GetSingleElementValue())
            .FirstOrDefault();
}

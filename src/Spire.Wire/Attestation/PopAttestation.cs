using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace Spire.Wire.Attestation;

/// <summary>One <c>x509pop</c> attestation on the server: an agent whose certificate is verified and who has to prove its key.</summary>
public sealed class PopAttestation
{
    /// <summary>The attestor's name.</summary>
    public const string Type = "x509pop";

    private readonly byte[] _nonce;
    private readonly AsymmetricAlgorithm _key;

    internal PopAttestation(IReadOnlyList<DecodedCertificate> chain, string? commonName, AsymmetricAlgorithm key)
        : this(chain, commonName, key, PopSignature.DrawNonce())
    {
    }

    internal PopAttestation(IReadOnlyList<DecodedCertificate> chain, string? commonName, AsymmetricAlgorithm key, byte[] nonce)
    {
        Chain = chain;
        CommonName = commonName;
        _key = key;
        _nonce = nonce;
    }

    /// <summary>Gets the verified chain: the leaf, then every certificate up to the authority.</summary>
    public IReadOnlyList<DecodedCertificate> Chain { get; }

    /// <summary>Gets the leaf's common name; null when it has none.</summary>
    public string? CommonName { get; }

    /// <summary>Gets what to send to the agent.</summary>
    public ByteString Challenge => ByteString.CopyFrom(PopMessages.Write(_key is RSA
        ? new PopMessages.Challenge(new(_nonce), null)
        : new PopMessages.Challenge(null, new(_nonce))));

    /// <summary>Checks the agent's answer.</summary>
    /// <param name="response">The answer.</param>
    /// <exception cref="GrpcException">It does not prove the key. Code and text are those of SPIRE.</exception>
    public void Verify(ReadOnlySpan<byte> response)
    {
        PopMessages.Response message;
        try
        {
            message = PopMessages.Read<PopMessages.Response>(response);
        }
        catch (JsonException error)
        {
            throw PopFailure.InvalidArgument($"unable to unmarshal challenge response: {error.Message}");
        }

        if (ProblemOf(message) is { } problem)
        {
            throw PopFailure.Denied($"challenge response verification failed: {problem}");
        }
    }

    /// <summary>Returns the agent's SPIFFE id: its certificate's fingerprint. A renewed certificate makes another agent.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    public SpiffeId AgentId(TrustDomain trustDomain) => SpiffeId.Of(trustDomain, $"{SpiffeId.AgentPath}/{Type}/{Fingerprint(Chain[0])}");

    /// <summary>Returns the agent's SPIFFE id in SPIRE's mode <c>spiffe</c>: its certificate is an SVID that the trust domain gave it.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="prefix">What the path of the SVID has to begin with; SPIRE's default is <c>/spire-exchange/</c>.</param>
    /// <exception cref="GrpcException">The certificate is not such an SVID.</exception>
    public SpiffeId AgentIdFromSvid(TrustDomain trustDomain, string prefix)
    {
        if (Chain[0].Uris is not [var uri] || !SpiffeId.TryParse(uri, out var svid, out _) || svid.TrustDomain != trustDomain)
        {
            throw PopFailure.Denied($"the certificate is not an SVID of the trust domain \"{trustDomain}\"");
        }

        return svid.Path.StartsWith(prefix, StringComparison.Ordinal) && svid.Path.Length > prefix.Length
            ? SpiffeId.Of(trustDomain, $"{SpiffeId.AgentPath}/{Type}/{svid.Path[prefix.Length..]}")
            : throw PopFailure.Denied($"the path \"{svid.Path}\" does not begin with \"{prefix}\"");
    }

    /// <summary>Returns what is known of the agent.</summary>
    /// <param name="trustDomain">Names of the form <c>x509pop://trust-domain/key/value</c> count when it is this one.</param>
    public IReadOnlyList<Selector> Selectors(TrustDomain trustDomain) =>
    [
        .. CommonName is null ? Array.Empty<Selector>() : [Selector($"subject:cn:{CommonName}")],
        .. Chain.Skip(1).Select(authority => Selector($"ca:fingerprint:{Fingerprint(authority)}")),
        Selector($"serialnumber:{(Chain[0].SerialNumber.Length % 2 == 0 ? string.Empty : "0")}{Chain[0].SerialNumber}"),
        .. Chain[0].Uris.Select(uri => SanSelector(uri, trustDomain)).OfType<Selector>(),
    ];

    private static Selector Selector(string value) => new() { Type = Type, Value = value };

    private static Selector? SanSelector(string uri, TrustDomain trustDomain)
    {
        var prefix = $"{Type}://{trustDomain}/";
        return uri.StartsWith(prefix, StringComparison.Ordinal) && uri[prefix.Length..].Split('/', 2) is [{ Length: > 0 } key, { Length: > 0 } value]
            ? Selector($"san:{key}:{value}")
            : null;
    }

    /// <summary>Names a certificate as SPIRE does; SHA-1 protects nothing here.</summary>
    private static string Fingerprint(DecodedCertificate certificate) =>
        Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.SHA1, certificate.Der.Span));

    private string? ProblemOf(PopMessages.Response response) => _key switch
    {
        RSA rsa => response.Rsa switch
        {
            null => "expecting RSA response",
            { Nonce: not { Length: PopSignature.NonceSize } } => "invalid response nonce",
            { Nonce: var nonce, Signature: { } signature } when PopSignature.Verify(rsa, PopSignature.Digest(_nonce, nonce), signature) => null,
            _ => "RSA signature verify failed",
        },
        ECDsa ec => response.Ecdsa switch
        {
            null => "expecting ECDSA response",
            { Nonce: not { Length: PopSignature.NonceSize } } => "invalid response nonce",
            { Nonce: var nonce, R: { } r, S: { } s } when PopSignature.Verify(ec, PopSignature.Digest(_nonce, nonce), r, s) => null,
            _ => "ECDSA signature verify failed",
        },
        _ => "unsupported public key",
    };
}

using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Spire.Wire.Contracts.Types;

namespace Spire.Wire.Attestation;

/// <summary>The agent's side of <c>x509pop</c>: shows a certificate and proves to have its key.</summary>
public sealed class PopAgent
{
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _chain;
    private readonly AsymmetricAlgorithm _key;

    /// <summary>Creates the agent's side.</summary>
    /// <param name="chain">The leaf, then intermediates, each in DER.</param>
    /// <param name="key">The leaf's private key: ECDSA or RSA. Stays the caller's, and is used by one call at a time.</param>
    public PopAgent(IReadOnlyList<ReadOnlyMemory<byte>> chain, AsymmetricAlgorithm key) => (_chain, _key) = (chain, key);

    /// <summary>Returns what the agent shows first.</summary>
    public AttestationData Data() => new()
    {
        Type = PopAttestation.Type,
        Payload = ByteString.CopyFrom(PopMessages.Write(new PopMessages.Payload([.. _chain.Select(certificate => certificate.ToArray())]))),
    };

    /// <summary>Answers the server's challenge.</summary>
    /// <param name="challenge">The challenge.</param>
    /// <exception cref="FormatException">It is none for our kind of key.</exception>
    /// <exception cref="CryptographicException">The key cannot sign.</exception>
    public ByteString Respond(ReadOnlySpan<byte> challenge)
    {
        var ours = PopSignature.DrawNonce();
        return ByteString.CopyFrom(PopMessages.Write(_key switch
        {
            ECDsa ec => Respond(ec, ours, PopSignature.Digest(NonceIn(challenge), ours)),
            RSA rsa => new PopMessages.Response(new(ours, PopSignature.Sign(rsa, PopSignature.Digest(NonceIn(challenge), ours))), null),
            _ => throw new CryptographicException($"a {_key.GetType().Name} cannot be proven; allowed are ECDSA and RSA"),
        }));
    }

    private static PopMessages.Response Respond(ECDsa key, byte[] nonce, byte[] digest)
    {
        var (r, s) = PopSignature.Sign(key, digest);
        return new PopMessages.Response(null, new(nonce, r, s));
    }

    private byte[] NonceIn(ReadOnlySpan<byte> challenge)
    {
        try
        {
            var message = PopMessages.Read<PopMessages.Challenge>(challenge);
            return (_key is RSA ? message.Rsa : message.Ecdsa)?.Nonce is { Length: PopSignature.NonceSize } nonce
                ? nonce
                : throw new FormatException($"the challenge has no nonce of {PopSignature.NonceSize} bytes for our kind of key");
        }
        catch (JsonException error)
        {
            throw new FormatException($"the challenge cannot be read: {error.Message}", error);
        }
    }
}

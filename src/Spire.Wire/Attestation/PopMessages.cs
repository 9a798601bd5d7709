using System.Text.Json;
using System.Text.Json.Serialization;

namespace Spire.Wire.Attestation;

/// <summary>What is said in an <c>x509pop</c> attestation, as JSON. Bytes are base64; of each pair one member is null.</summary>
internal static class PopMessages
{
    public static byte[] Write<T>(T message) => JsonSerializer.SerializeToUtf8Bytes(message);

    /// <exception cref="JsonException">It is not such a message.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json)
        where T : class =>
        JsonSerializer.Deserialize<T>(json) ?? throw new JsonException("the message is null");

    public sealed record Payload(
        [property: JsonPropertyName("certificates")] IReadOnlyList<byte[]>? Certificates);

    public sealed record Challenge(
        [property: JsonPropertyName("rsa_signature")] NonceOnly? Rsa,
        [property: JsonPropertyName("ecdsa_signature")] NonceOnly? Ecdsa);

    public sealed record NonceOnly(
        [property: JsonPropertyName("nonce")] byte[]? Nonce);

    public sealed record Response(
        [property: JsonPropertyName("rsa_signature")] RsaResponse? Rsa,
        [property: JsonPropertyName("ecdsa_signature")] EcdsaResponse? Ecdsa);

    public sealed record RsaResponse(
        [property: JsonPropertyName("nonce")] byte[]? Nonce,
        [property: JsonPropertyName("signature")] byte[]? Signature);

    public sealed record EcdsaResponse(
        [property: JsonPropertyName("nonce")] byte[]? Nonce,
        [property: JsonPropertyName("r")] byte[]? R,
        [property: JsonPropertyName("s")] byte[]? S);
}

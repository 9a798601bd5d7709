using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Spire.Wire.Certificates;

/// <summary>A key that signs JWT-SVIDs as SPIRE does. May be used by many threads.</summary>
public sealed class JwtSigner
{
    private const int KeyIdLength = 32;

    private readonly KeyPool _key;
    private readonly HashAlgorithmName _hash;
    private readonly string _header;

    /// <summary>Creates a signer.</summary>
    /// <param name="keyId">The key's name; see <see cref="DrawKeyId"/>.</param>
    /// <param name="key">The private key: P-256 (signs ES256), P-384 (ES384) or RSA (RS256). Copied.</param>
    /// <exception cref="CryptographicException">The key is of another kind.</exception>
    public JwtSigner(string keyId, AsymmetricAlgorithm key)
    {
        var algorithm = key switch
        {
            ECDsa { KeySize: 256 } => "ES256",
            ECDsa { KeySize: 384 } => "ES384",
            RSA => "RS256",
            _ => throw new CryptographicException($"a {key.GetType().Name} of {key.KeySize} bits cannot sign JWT-SVIDs; allowed are P-256, P-384 and RSA"),
        };
        KeyId = keyId;
        PublicKey = key.ExportSubjectPublicKeyInfo();
        _hash = Keys.HashFor(key);
        _header = Encode(json =>
        {
            json.WriteString("alg", algorithm);
            json.WriteString("kid", keyId);
            json.WriteString("typ", "JWT");
        });
        var pkcs8 = key.ExportPkcs8PrivateKey();
        _key = new KeyPool(() => Keys.ReadPrivate(pkcs8));
    }

    /// <summary>Gets the key's name.</summary>
    public string KeyId { get; }

    /// <summary>Gets the public key as SubjectPublicKeyInfo in DER.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Draws a name for a new key: 32 letters and digits.</summary>
    public static string DrawKeyId() =>
        RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", KeyIdLength);

    /// <summary>Signs a JWT-SVID.</summary>
    /// <param name="id">The SPIFFE id.</param>
    /// <param name="audience">Whom it is meant for; at least one.</param>
    /// <param name="issuedAt">When it is issued. Cut to whole seconds.</param>
    /// <param name="expiresAt">When it ends. Cut to whole seconds.</param>
    /// <param name="issuer">The claim <c>iss</c>; null leaves it out.</param>
    /// <param name="tokenId">The claim <c>jti</c>, as base64url of its bytes; null leaves it out.</param>
    /// <returns>JWS compact serialization.</returns>
    /// <exception cref="ArgumentException">There is no audience.</exception>
    public string Sign(
        SpiffeId id, IReadOnlyList<string> audience, DateTimeOffset issuedAt, DateTimeOffset expiresAt, string? issuer = null, Guid? tokenId = null)
    {
        if (audience.Count == 0)
        {
            throw new ArgumentException("A JWT-SVID has at least one audience.", nameof(audience));
        }

        var claims = Encode(json =>
        {
            json.WriteStartArray("aud");
            foreach (var one in audience)
            {
                json.WriteStringValue(one);
            }

            json.WriteEndArray();
            json.WriteNumber("exp", expiresAt.ToUnixTimeSeconds());
            json.WriteNumber("iat", issuedAt.ToUnixTimeSeconds());
            if (issuer is not null)
            {
                json.WriteString("iss", issuer);
            }

            if (tokenId is { } token)
            {
                json.WriteString("jti", Base64Url.EncodeToString(token.ToByteArray(bigEndian: true)));
            }

            json.WriteString("sub", id.ToString());
        });
        var signed = $"{_header}.{claims}";
        return $"{signed}.{Base64Url.EncodeToString(_key.Use(key => Sign(key, Encoding.ASCII.GetBytes(signed))))}";
    }

    private static string Encode(Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteEndObject();
        }

        return Base64Url.EncodeToString(buffer.WrittenSpan);
    }

    private byte[] Sign(AsymmetricAlgorithm key, byte[] data) =>
        key is ECDsa ec ? ec.SignData(data, _hash) : ((RSA)key).SignData(data, _hash, RSASignaturePadding.Pkcs1);
}

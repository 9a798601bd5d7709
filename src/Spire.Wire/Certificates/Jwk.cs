using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Spire.Wire.Certificates;

/// <summary>Public keys as JSON Web Keys (RFC 7517), with their members in SPIRE's order.</summary>
internal static class Jwk
{
    private static readonly (string Name, ECCurve Curve)[] Curves =
    [
        ("P-256", ECCurve.NamedCurves.nistP256), ("P-384", ECCurve.NamedCurves.nistP384), ("P-521", ECCurve.NamedCurves.nistP521),
    ];

    public static void Write(
        Utf8JsonWriter json, string? use, string? keyId, ReadOnlySpan<byte> subjectPublicKeyInfo, ReadOnlyMemory<byte>? certificate)
    {
        using var key = Keys.ReadPublic(subjectPublicKeyInfo);
        json.WriteStartObject();
        if (use is not null)
        {
            json.WriteString("use", use);
        }

        json.WriteString("kty", key is ECDsa ? "EC" : "RSA");
        if (keyId is not null)
        {
            json.WriteString("kid", keyId);
        }

        if (key is ECDsa ec)
        {
            var parameters = ec.ExportParameters(includePrivateParameters: false);
            json.WriteString("crv", Array.Find(Curves, curve => curve.Curve.Oid.Value == parameters.Curve.Oid.Value).Name
                ?? throw new CryptographicException($"keys on the curve {parameters.Curve.Oid.FriendlyName} have no name in JSON"));
            json.WriteString("x", Base64Url.EncodeToString(parameters.Q.X));
            json.WriteString("y", Base64Url.EncodeToString(parameters.Q.Y));
        }
        else
        {
            var parameters = ((RSA)key).ExportParameters(includePrivateParameters: false);
            json.WriteString("n", Base64Url.EncodeToString(parameters.Modulus));
            json.WriteString("e", Base64Url.EncodeToString(parameters.Exponent));
        }

        if (certificate is { } der)
        {
            json.WriteStartArray("x5c");
            json.WriteStringValue(Convert.ToBase64String(der.Span));
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Reads a public key as SubjectPublicKeyInfo.</summary>
    /// <exception cref="FormatException">It is none, or of a kind that SVIDs do not have.</exception>
    public static byte[] ReadPublicKey(JsonElement key)
    {
        var kind = key.GetProperty("kty").GetString();
        switch (kind)
        {
            case "EC":
                var name = key.GetProperty("crv").GetString();
                var curve = Array.Find(Curves, curve => curve.Name == name);
                if (curve.Name is null)
                {
                    throw new FormatException($"a key is on the curve '{name}'; allowed are {string.Join(", ", Curves.Select(known => known.Name))}");
                }

                using (var ec = ECDsa.Create(new ECParameters { Curve = curve.Curve, Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") } }))
                {
                    return ec.ExportSubjectPublicKeyInfo();
                }

            case "RSA":
                using (var rsa = RSA.Create(new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") }))
                {
                    return rsa.ExportSubjectPublicKeyInfo();
                }

            default:
                throw new FormatException($"a key is of the kind '{kind}'; allowed are EC and RSA");
        }
    }

    private static byte[] Bytes(JsonElement key, string member) => Base64Url.DecodeFromChars(key.GetProperty(member).GetString());
}

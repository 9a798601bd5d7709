using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Spire.Wire.Certificates;

/// <summary>Bundles as bytes and text: concatenated DER, PEM, JWKS and the SPIFFE bundle document.</summary>
public static class BundleFormats
{
    private const string CertificateLabel = "CERTIFICATE";
    private const string X509Use = "x509-svid";
    private const string JwtUse = "jwt-svid";

    // As SPIRE indents, so that a document of ours can be compared with one of SPIRE's.
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        IndentSize = 4,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Returns the X.509 authorities as the Workload API has them: DER, one after the other.</summary>
    /// <param name="bundle">The bundle.</param>
    public static byte[] ToDer(this TrustBundle bundle) =>
        [.. bundle.X509Authorities.SelectMany(authority => authority.Certificate.ToArray())];

    /// <summary>Reads X.509 authorities as the Workload API has them.</summary>
    /// <param name="trustDomain">Whose authorities they are.</param>
    /// <param name="der">DER certificates, one after the other.</param>
    /// <exception cref="CryptographicException">They are none.</exception>
    public static TrustBundle FromDer(TrustDomain trustDomain, ReadOnlyMemory<byte> der) => new()
    {
        TrustDomain = trustDomain,
        X509Authorities = [.. DecodedCertificate.Split(der).Select(certificate => new X509Authority(DecodedCertificate.Decode(certificate).Der))],
    };

    /// <summary>Returns the X.509 authorities as PEM.</summary>
    /// <param name="bundle">The bundle.</param>
    public static string ToPem(this TrustBundle bundle) =>
        string.Concat(bundle.X509Authorities.Select(authority => PemEncoding.WriteString(CertificateLabel, authority.Certificate.Span) + "\n"));

    /// <summary>Reads X.509 authorities from PEM.</summary>
    /// <param name="trustDomain">Whose authorities they are.</param>
    /// <param name="pem">Certificates; text between them is ignored.</param>
    /// <exception cref="CryptographicException">There is none, or something that is none.</exception>
    public static TrustBundle FromPem(TrustDomain trustDomain, string pem)
    {
        var authorities = new List<X509Authority>();
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var block))
        {
            if (rest[block.Label] is not CertificateLabel)
            {
                throw new CryptographicException($"the PEM holds a {rest[block.Label]}; allowed is {CertificateLabel}");
            }

            var der = Convert.FromBase64String(rest[block.Base64Data].ToString());
            authorities.Add(new X509Authority(DecodedCertificate.Decode(der).Der));
            rest = rest[block.Location.End..];
        }

        return authorities.Count > 0
            ? new TrustBundle { TrustDomain = trustDomain, X509Authorities = authorities }
            : throw new CryptographicException("the PEM holds no certificate");
    }

    /// <summary>Returns the JWT keys as the Workload API has them: a plain JWKS.</summary>
    /// <param name="bundle">The bundle.</param>
    public static string ToJwks(this TrustBundle bundle) => WriteDocument(json =>
    {
        foreach (var key in bundle.JwtAuthorities)
        {
            Jwk.Write(json, null, key.KeyId, key.PublicKey.Span, null);
        }
    });

    /// <summary>Returns the whole bundle as a SPIFFE bundle document, as <c>spire-server bundle show -format spiffe</c> does.</summary>
    /// <param name="bundle">The bundle.</param>
    public static string ToDocument(this TrustBundle bundle) => WriteDocument(
        json =>
        {
            foreach (var authority in bundle.X509Authorities)
            {
                Jwk.Write(json, X509Use, null, DecodedCertificate.Decode(authority.Certificate).PublicKey.Span, authority.Certificate);
            }

            foreach (var key in bundle.JwtAuthorities)
            {
                Jwk.Write(json, JwtUse, key.KeyId, key.PublicKey.Span, null);
            }
        },
        json =>
        {
            if (bundle.SequenceNumber > 0)
            {
                json.WriteNumber("spiffe_sequence", bundle.SequenceNumber);
            }

            if (bundle.RefreshHint > TimeSpan.Zero)
            {
                json.WriteNumber("spiffe_refresh_hint", (long)bundle.RefreshHint.TotalSeconds);
            }
        });

    /// <summary>Reads a JWKS or a SPIFFE bundle document.</summary>
    /// <param name="trustDomain">Whose bundle it is.</param>
    /// <param name="json">The document. Keys without <c>use</c> count as JWT keys; keys of other uses are ignored, as the standard asks.</param>
    /// <exception cref="FormatException">It is not such a document; the message says what is wrong.</exception>
    public static TrustBundle FromDocument(TrustDomain trustDomain, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var keys = root.GetProperty("keys").EnumerateArray().ToList();
            return new TrustBundle
            {
                TrustDomain = trustDomain,
                X509Authorities = [.. keys.Where(key => UseOf(key) == X509Use).Select(ReadX509Authority)],
                JwtAuthorities = [.. keys.Where(key => UseOf(key) is JwtUse or null).Select(ReadJwtAuthority)],
                SequenceNumber = root.TryGetProperty("spiffe_sequence", out var sequence) ? sequence.GetUInt64() : 0,
                RefreshHint = TimeSpan.FromSeconds(root.TryGetProperty("spiffe_refresh_hint", out var hint) ? hint.GetInt64() : 0),
            };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or CryptographicException)
        {
            throw new FormatException($"the bundle of '{trustDomain}' is not a SPIFFE bundle document: {error.Message}", error);
        }
    }

    private static string? UseOf(JsonElement key) => key.TryGetProperty("use", out var use) ? use.GetString() : null;

    private static X509Authority ReadX509Authority(JsonElement key)
    {
        var certificates = key.GetProperty("x5c");
        return certificates.GetArrayLength() == 1
            ? new X509Authority(DecodedCertificate.Decode(certificates[0].GetBytesFromBase64()).Der)
            : throw new FormatException($"a key has {certificates.GetArrayLength()} certificates in x5c; allowed is one");
    }

    private static JwtAuthority ReadJwtAuthority(JsonElement key) =>
        key.TryGetProperty("kid", out var id) && id.GetString() is { Length: > 0 } keyId
            ? new JwtAuthority(keyId, Jwk.ReadPublicKey(key))
            : throw new FormatException("a JWT key has no kid");

    private static string WriteDocument(Action<Utf8JsonWriter> writeKeys, Action<Utf8JsonWriter>? writeMore = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteStartArray("keys");
            writeKeys(json);
            json.WriteEndArray();
            writeMore?.Invoke(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}

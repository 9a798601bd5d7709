using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Tests.Server.Conformance;

/// <summary>What can be compared of things whose bytes differ each time they are made.</summary>
internal static class Shapes
{
    // Key usage, basic constraints and extended key usage: here the bytes themselves say what is meant.
    private static readonly HashSet<string> ComparedByBytes = ["2.5.29.15", "2.5.29.19", "2.5.29.37"];

    /// <summary>Describes a certificate: names, kinds of keys, life, extensions in their order.</summary>
    public static string OfCertificate(ReadOnlyMemory<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        var decoded = DecodedCertificate.Decode(der);
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"v{certificate.Version}; subject {certificate.SubjectName.Name}; issuer {certificate.IssuerName.Name}; ")
            .Append(CultureInfo.InvariantCulture, $"signed {certificate.SignatureAlgorithm.Value}; key {certificate.PublicKey.Oid.Value} of {decoded.PublicKey.Length} bytes; ")
            .Append(CultureInfo.InvariantCulture, $"lives {(decoded.NotAfter - decoded.NotBefore).TotalSeconds} s; ")
            .Append(CultureInfo.InvariantCulture, $"names {string.Join(' ', decoded.Uris.Concat(decoded.DnsNames))}");
        foreach (var extension in certificate.Extensions)
        {
            var value = ComparedByBytes.Contains(extension.Oid!.Value!) ? Convert.ToHexString(extension.RawData) : "…";
            text.Append(CultureInfo.InvariantCulture, $"; {(extension.Critical ? "critical " : string.Empty)}{extension.Oid.Value} {value}");
        }

        return text.ToString();
    }

    /// <summary>Describes a JWT-SVID: header and claims, instants left out.</summary>
    public static string OfToken(string token) => string.Join('.', token.Split('.').Take(2).Select(part => OfJson(DecodeBase64Url(part))))
        + $".{token.Split('.')[2].Length}";

    /// <summary>Describes JSON: its members with their texts, numbers and nonces left out.</summary>
    public static string OfJson(ReadOnlySpan<byte> json) => Blank(JsonNode.Parse(json))?.ToJsonString() ?? "null";

    private static JsonNode? Blank(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Blank(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Blank)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => "(number)",
        JsonValue value when value.GetValueKind() == JsonValueKind.String && RandomBytes(value.GetValue<string>()) is { } length => $"({length} bytes)",
        _ => node?.DeepClone(),
    };

    /// <summary>Recognizes the nonces of a challenge and the ids of JWT-SVIDs.</summary>
    private static int? RandomBytes(string text) =>
        text.Length is 22 or 44 && System.Buffers.Text.Base64Url.IsValid(text.TrimEnd('=').Replace('+', '-').Replace('/', '_'), out var length) ? length : null;

    private static byte[] DecodeBase64Url(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}

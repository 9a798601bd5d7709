using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Spire.Wire.Certificates;

/// <summary>What a JWT-SVID says. Whether it is true is <see cref="JwtSvidVerifier"/>'s business.</summary>
public sealed record JwtSvid
{
    /// <summary>Gets the whole token.</summary>
    public required string Token { get; init; }

    /// <summary>Gets the SPIFFE id: the claim <c>sub</c>.</summary>
    public required SpiffeId Id { get; init; }

    /// <summary>Gets whom it is meant for: the claim <c>aud</c>.</summary>
    public required IReadOnlyList<string> Audience { get; init; }

    /// <summary>Gets when it ends: the claim <c>exp</c>.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Gets when it was issued: the claim <c>iat</c>; null when it does not say.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>Gets the key that signed it: the header <c>kid</c>.</summary>
    public required string KeyId { get; init; }

    /// <summary>Gets how it was signed: the header <c>alg</c>.</summary>
    public required string Algorithm { get; init; }

    /// <summary>Gets all claims as a JSON object.</summary>
    public required string Claims { get; init; }

    internal byte[] Signature { get; init; } = [];

    internal byte[] Signed => Encoding.ASCII.GetBytes(Token, 0, Token.LastIndexOf('.'));

    /// <summary>Reads a token.</summary>
    /// <param name="token">JWS compact serialization.</param>
    /// <param name="svid">The JWT-SVID.</param>
    /// <param name="problem">What is wrong with its form.</param>
    public static bool TryParse(string token, [NotNullWhen(true)] out JwtSvid? svid, [NotNullWhen(false)] out string? problem)
    {
        svid = null;
        problem = null;
        var parts = token.Split('.');
        if (parts.Length != 3)
        {
            problem = "unable to parse JWT token: compact JWS format must have three parts";
            return false;
        }

        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            svid = Read(token, header.RootElement, claims.RootElement, Base64Url.DecodeFromChars(parts[2]));
        }
        catch (Exception error) when (error is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            problem = $"unable to parse JWT token: {error.Message}";
        }

        return svid is not null;
    }

    private static JwtSvid Read(string token, JsonElement header, JsonElement claims, byte[] signature) =>
        header.TryGetProperty("typ", out var type) && type.GetString() is not ("JWT" or "JOSE")
            ? throw new FormatException($"its type is '{type.GetString()}'; allowed are JWT and JOSE")
            : new JwtSvid
            {
                Token = token,
                Id = SpiffeId.Parse(Text(claims, "sub")),
                Audience = claims.GetProperty("aud") is { ValueKind: JsonValueKind.Array } several
                    ? [.. several.EnumerateArray().Select(one => one.GetString() ?? string.Empty)]
                    : [Text(claims, "aud")],
                ExpiresAt = Time(claims.GetProperty("exp")),
                IssuedAt = claims.TryGetProperty("iat", out var issuedAt) ? Time(issuedAt) : null,
                KeyId = Text(header, "kid"),
                Algorithm = Text(header, "alg"),
                Claims = claims.GetRawText(),
                Signature = signature,
            };

    private static string Text(JsonElement parent, string member) =>
        parent.GetProperty(member).GetString() ?? throw new FormatException($"'{member}' is null");

    // RFC 7519 allows fractions of seconds.
    private static DateTimeOffset Time(JsonElement number) => DateTimeOffset.UnixEpoch.AddSeconds(number.GetDouble());
}

using System.Text.Json;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>Judges JWT-SVIDs for workloads, in SPIRE's order and words, and with its leeway of a minute.</summary>
internal static class TokenValidation
{
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);

    /// <summary>Validates a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="audience">One that it has to be meant for.</param>
    /// <param name="bundles">The bundles that the workload may rely on.</param>
    /// <param name="now">Now.</param>
    /// <param name="svid">What it says, when nothing is wrong.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? Problem(string token, string audience, IReadOnlyList<TrustBundle> bundles, DateTimeOffset now, out JwtSvid? svid)
    {
        if (token.Count(character => character == '.') != 2)
        {
            svid = null;
            return "unable to parse JWT token: go-jose/go-jose: compact JWS format must have three parts";
        }

        return JwtSvid.TryParse(token, out svid, out var problem)
            ? ProblemOfKey(svid, bundles) ?? ProblemOfSignature(svid, bundles) ?? ProblemOfClaims(svid, audience, now)
            : problem;
    }

    private static string? ProblemOfKey(JwtSvid svid, IReadOnlyList<TrustBundle> bundles)
    {
        var trustDomain = svid.Id.TrustDomain;
        return bundles.FirstOrDefault(bundle => bundle.TrustDomain == trustDomain) switch
        {
            null => $"no keys found for trust domain \"{trustDomain}\"",
            var bundle when bundle.JwtAuthorities.All(key => key.KeyId != svid.KeyId) => $"public key \"{svid.KeyId}\" not found in trust domain \"{trustDomain}\"",
            _ => null,
        };
    }

    private static string? ProblemOfSignature(JwtSvid svid, IReadOnlyList<TrustBundle> bundles) =>
        new JwtSvidVerifier(bundles).ProblemOfSignature(svid) is null ? null : "go-jose/go-jose: error in cryptographic primitive";

    private static string? ProblemOfClaims(JwtSvid svid, string audience, DateTimeOffset now)
    {
        if (!svid.Audience.Contains(audience))
        {
            return $"expected audience in [\"{audience}\"] (audience=[{string.Join(' ', svid.Audience.Select(one => $"\"{one}\""))}])";
        }

        using var claims = JsonDocument.Parse(svid.Claims);
        if (claims.RootElement.TryGetProperty("nbf", out var notBefore)
            && notBefore.TryGetDouble(out var seconds) && now + Leeway < DateTimeOffset.UnixEpoch.AddSeconds(seconds))
        {
            return "go-jose/go-jose/jwt: validation failed, token not valid yet (nbf)";
        }

        if (now - Leeway > svid.ExpiresAt)
        {
            return "token has expired";
        }

        return svid.IssuedAt > now + Leeway ? "go-jose/go-jose/jwt: validation field, token issued in the future (iat)" : null;
    }
}

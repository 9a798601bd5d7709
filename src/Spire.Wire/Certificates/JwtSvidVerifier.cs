using System.Security.Cryptography;

namespace Spire.Wire.Certificates;

/// <summary>Verifies JWT-SVIDs against the bundles of their trust domains, after the SPIFFE JWT-SVID standard. May be used by many threads.</summary>
public sealed class JwtSvidVerifier
{
    private readonly Dictionary<(string TrustDomain, string KeyId), KeyPool> _keys = [];
    private readonly HashSet<string> _trustDomains = [];

    /// <summary>Creates a verifier.</summary>
    /// <param name="bundles">The bundles; each is trusted for the SVIDs of its own trust domain only.</param>
    public JwtSvidVerifier(params IEnumerable<TrustBundle> bundles)
    {
        foreach (var bundle in bundles)
        {
            _trustDomains.Add(bundle.TrustDomain.Name);
            foreach (var authority in bundle.JwtAuthorities)
            {
                _keys[(bundle.TrustDomain.Name, authority.KeyId)] = new KeyPool(() => Keys.ReadPublic(authority.PublicKey.Span));
            }
        }
    }

    /// <summary>Verifies a token.</summary>
    /// <param name="token">JWS compact serialization.</param>
    /// <param name="audience">One that it must be meant for.</param>
    /// <param name="at">The instant at which it has to be valid. There is no leeway.</param>
    public JwtSvidVerification Verify(string token, string audience, DateTimeOffset at)
    {
        if (!JwtSvid.TryParse(token, out var svid, out var problem))
        {
            return new JwtSvidVerification(null, problem);
        }

        problem = svid switch
        {
            { Id.Path.Length: 0 } => $"'{svid.Id}' has no path",
            _ when svid.ExpiresAt <= at => $"token has expired: it was valid until {svid.ExpiresAt:O}; it is {at:O}",
            _ when svid.IssuedAt > at => $"token was issued in the future: at {svid.IssuedAt:O}; it is {at:O}",
            _ when !svid.Audience.Contains(audience) =>
                $"expected audience in [\"{audience}\"] (audience=[{string.Join(' ', svid.Audience.Select(one => $"\"{one}\""))}])",
            _ when !_trustDomains.Contains(svid.Id.TrustDomain.Name) => $"no bundle found for trust domain \"{svid.Id.TrustDomain}\"",
            _ => ProblemOfSignature(svid),
        };
        return new JwtSvidVerification(svid, problem);
    }

    /// <summary>Verifies nothing but who signed a token, for those who judge the rest by rules of their own.</summary>
    /// <param name="svid">The token.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public string? ProblemOfSignature(JwtSvid svid)
    {
        if (!_keys.TryGetValue((svid.Id.TrustDomain.Name, svid.KeyId), out var key))
        {
            return $"no JWT authority \"{svid.KeyId}\" found for trust domain \"{svid.Id.TrustDomain}\"";
        }

        try
        {
            return key.Use(key => Verify(key, svid)) ? null : $"the signature is not that of \"{svid.KeyId}\" with an algorithm that JWT-SVIDs may have";
        }
        catch (CryptographicException error)
        {
            return $"the key \"{svid.KeyId}\" cannot be used: {error.Message}";
        }
    }

    /// <summary>Checks the signature; an algorithm that does not belong to the key is as wrong as a wrong signature.</summary>
    private static bool Verify(AsymmetricAlgorithm key, JwtSvid svid)
    {
        var hash = svid.Algorithm.Length == 5 ? HashOf(svid.Algorithm[2..]) : null;
        return (key, svid.Algorithm, hash) switch
        {
            (_, _, null) => false,
            (ECDsa { KeySize: 256 } ec, "ES256", { } name) => ec.VerifyData(svid.Signed, svid.Signature, name),
            (ECDsa { KeySize: 384 } ec, "ES384", { } name) => ec.VerifyData(svid.Signed, svid.Signature, name),
            (ECDsa { KeySize: 521 } ec, "ES512", { } name) => ec.VerifyData(svid.Signed, svid.Signature, name),
            (RSA rsa, "RS256" or "RS384" or "RS512", { } name) => rsa.VerifyData(svid.Signed, svid.Signature, name, RSASignaturePadding.Pkcs1),
            (RSA rsa, "PS256" or "PS384" or "PS512", { } name) => rsa.VerifyData(svid.Signed, svid.Signature, name, RSASignaturePadding.Pss),
            _ => false,
        };
    }

    private static HashAlgorithmName? HashOf(string size) => size switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        "512" => HashAlgorithmName.SHA512,
        _ => null,
    };
}

/// <summary>The result of verifying a JWT-SVID.</summary>
/// <param name="Svid">What it says; null when it cannot be read.</param>
/// <param name="Problem">What is wrong; null when nothing is.</param>
public sealed record JwtSvidVerification(JwtSvid? Svid, string? Problem)
{
    /// <summary>Gets whether everything is right.</summary>
    public bool IsValid => Problem is null;
}

using System.Security.Cryptography;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Storage;
using Spire.Wire.Contracts.Types;
using StoredBundle = Spire.Wire.Contracts.Storage.Bundle;
using ApiBundle = Spire.Wire.Contracts.Types.Bundle;

namespace EmbeddedSpire.Server.Services;

/// <summary>Bundles between the API and the database.</summary>
internal static class BundleConversion
{
    /// <summary>Returns a bundle as the API has it, with those values that a mask names; null means all.</summary>
    public static ApiBundle ToApi(StoredBundle stored, BundleMask? mask)
    {
        var bundle = new ApiBundle
        {
            TrustDomain = TrustDomain.Parse(stored.TrustDomainId).Name,
            RefreshHint = mask?.RefreshHint ?? true ? stored.RefreshHint : 0,
            SequenceNumber = mask?.SequenceNumber ?? true ? stored.SequenceNumber : 0,
        };
        if (mask?.X509Authorities ?? true)
        {
            bundle.X509Authorities.Add(stored.RootCas.Select(authority => new X509Certificate { Asn1 = authority.DerBytes, Tainted = authority.TaintedKey }));
        }

        if (mask?.JwtAuthorities ?? true)
        {
            bundle.JwtAuthorities.Add(stored.JwtSigningKeys.Select(ToApi));
        }

        if (mask?.WitAuthorities ?? true)
        {
            bundle.WitAuthorities.Add(stored.WitSigningKeys.Select(key => new WITKey { PublicKey = key.PkixBytes, KeyId = key.Kid, ExpiresAt = key.NotAfter, Tainted = key.TaintedKey }));
        }

        return bundle;
    }

    /// <summary>Returns a JWT key as the API has it.</summary>
    public static JWTKey ToApi(PublicKey key) => new() { PublicKey = key.PkixBytes, KeyId = key.Kid, ExpiresAt = key.NotAfter, Tainted = key.TaintedKey };

    /// <summary>Reads a bundle of a request.</summary>
    /// <exception cref="CryptographicException">An authority cannot be read.</exception>
    public static StoredBundle FromApi(TrustDomain trustDomain, ApiBundle bundle) => new()
    {
        TrustDomainId = trustDomain.Id.ToString(),
        RefreshHint = bundle.RefreshHint,
        SequenceNumber = bundle.SequenceNumber,
        RootCas = { Naming("unable to parse X.509 authority", () => ReadX509(bundle.X509Authorities)) },
        JwtSigningKeys = { Naming("unable to parse JWT authority", () => ReadJwt(bundle.JwtAuthorities)) },
    };

    /// <exception cref="CryptographicException">One cannot be read.</exception>
    public static List<Certificate> ReadX509(IEnumerable<X509Certificate> authorities) => [.. authorities.Select(authority =>
    {
        DecodedCertificate.Decode(authority.Asn1.Memory);
        return new Certificate { DerBytes = authority.Asn1 };
    })];

    /// <exception cref="CryptographicException">One cannot be read.</exception>
    public static List<PublicKey> ReadJwt(IEnumerable<JWTKey> keys) => [.. keys.Select(key =>
    {
        Keys.ReadPublic(key.PublicKey.Span).Dispose();
        return key.KeyId.Length > 0
            ? new PublicKey { PkixBytes = key.PublicKey, Kid = key.KeyId, NotAfter = key.ExpiresAt }
            : throw new CryptographicException("missing key ID");
    })];

    private static T Naming<T>(string problem, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CryptographicException error)
        {
            throw new CryptographicException($"{problem}: {error.Message}", error);
        }
    }
}

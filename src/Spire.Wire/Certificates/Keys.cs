using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Spire.Wire.Certificates;

/// <summary>The kinds of keys that SVIDs and their authorities have: elliptic curves and RSA.</summary>
public static class Keys
{
    /// <summary>Makes a key as SPIRE makes them by default: ECDSA on P-256.</summary>
    public static ECDsa Create() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Reads a private key.</summary>
    /// <param name="pkcs8">PKCS#8 in DER.</param>
    /// <exception cref="CryptographicException">It is neither an elliptic curve's nor RSA's, or it is broken.</exception>
    public static AsymmetricAlgorithm ReadPrivate(ReadOnlySpan<byte> pkcs8)
    {
        // PrivateKeyInfo begins with its version; the algorithm follows.
        var key = Create(pkcs8, skipVersion: true);
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return key;
    }

    /// <summary>Reads a public key.</summary>
    /// <param name="subjectPublicKeyInfo">SubjectPublicKeyInfo in DER.</param>
    /// <exception cref="CryptographicException">It is neither an elliptic curve's nor RSA's, or it is broken.</exception>
    public static AsymmetricAlgorithm ReadPublic(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        var key = Create(subjectPublicKeyInfo, skipVersion: false);
        key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
        return key;
    }

    /// <summary>Tells whether a signature of a certificate or a request was made with a key.</summary>
    /// <param name="key">The public key.</param>
    /// <param name="algorithm">The object identifier of the signature algorithm.</param>
    /// <param name="data">What was signed.</param>
    /// <param name="signature">The signature.</param>
    /// <returns>False also when the algorithm is not one that SVIDs may be signed with, such as those with SHA-1.</returns>
    internal static bool Verify(AsymmetricAlgorithm key, string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => (key, algorithm) switch
    {
        (ECDsa ec, ObjectIds.EcdsaWithSha256) => ec.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence),
        (ECDsa ec, ObjectIds.EcdsaWithSha384) => ec.VerifyData(data, signature, HashAlgorithmName.SHA384, DSASignatureFormat.Rfc3279DerSequence),
        (ECDsa ec, ObjectIds.EcdsaWithSha512) => ec.VerifyData(data, signature, HashAlgorithmName.SHA512, DSASignatureFormat.Rfc3279DerSequence),
        (RSA rsa, ObjectIds.RsaWithSha256) => rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        (RSA rsa, ObjectIds.RsaWithSha384) => rsa.VerifyData(data, signature, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
        (RSA rsa, ObjectIds.RsaWithSha512) => rsa.VerifyData(data, signature, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
        _ => false,
    };

    /// <summary>Returns the hash that SPIRE signs with, given a key: it follows the size of the curve.</summary>
    internal static HashAlgorithmName HashFor(AsymmetricAlgorithm key) =>
        key is ECDsa { KeySize: > 256 } ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;

    /// <summary>Makes a key of the kind that an encoded one is of.</summary>
    private static AsymmetricAlgorithm Create(ReadOnlySpan<byte> encoded, bool skipVersion)
    {
        try
        {
            var fields = new AsnReader(encoded.ToArray(), AsnEncodingRules.DER).ReadSequence();
            if (skipVersion)
            {
                fields.ReadInteger();
            }

            return fields.ReadSequence().ReadObjectIdentifier() switch
            {
                ObjectIds.EllipticCurveKey => ECDsa.Create(),
                ObjectIds.RsaKey => RSA.Create(),
                var other => throw new CryptographicException($"keys of the kind {other} are not supported"),
            };
        }
        catch (AsnContentException error)
        {
            throw new CryptographicException("not a key", error);
        }
    }
}

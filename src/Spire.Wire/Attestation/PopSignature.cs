using System.Security.Cryptography;

namespace Spire.Wire.Attestation;

/// <summary>The proof in an <c>x509pop</c> attestation: a signature over the hash of both sides' nonces.</summary>
internal static class PopSignature
{
    public const int NonceSize = 32;

    public static byte[] DrawNonce() => RandomNumberGenerator.GetBytes(NonceSize);

    public static byte[] Digest(byte[] challengeNonce, byte[] responseNonce) => SHA256.HashData([.. challengeNonce, .. responseNonce]);

    /// <summary>Splits an ECDSA signature into its numbers, without leading zeros as Go writes them.</summary>
    public static (byte[] R, byte[] S) Sign(ECDsa key, byte[] digest)
    {
        var signature = key.SignHash(digest);
        var half = signature.Length / 2;
        return (signature.AsSpan(0, half).TrimStart((byte)0).ToArray(), signature.AsSpan(half).TrimStart((byte)0).ToArray());
    }

    public static bool Verify(ECDsa key, byte[] digest, byte[] r, byte[] s)
    {
        var half = (key.KeySize + 7) / 8;
        var shortR = r.AsSpan().TrimStart((byte)0);
        var shortS = s.AsSpan().TrimStart((byte)0);
        if (shortR.Length > half || shortS.Length > half)
        {
            return false;
        }

        var signature = new byte[2 * half];
        shortR.CopyTo(signature.AsSpan(half - shortR.Length));
        shortS.CopyTo(signature.AsSpan((2 * half) - shortS.Length));
        return key.VerifyHash(digest, signature);
    }

    public static byte[] Sign(RSA key, byte[] digest) => key.SignHash(digest, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);

    public static bool Verify(RSA key, byte[] digest, byte[] signature) => PssSignature.Verify(key, digest, signature);
}

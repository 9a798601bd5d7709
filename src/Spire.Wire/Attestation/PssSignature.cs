using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Spire.Wire.Attestation;

/// <summary>RSASSA-PSS with SHA-256 and a salt of any length (RFC 8017, sections 8.1.2 and 9.1.2).</summary>
/// <remarks>
/// Agents written in Go salt with as many bytes as fit; the platform verifies only salts as long as the hash. Everything here
/// is public, so nothing needs to take constant time.
/// </remarks>
internal static class PssSignature
{
    private const int HashSize = SHA256.HashSizeInBytes;
    private const byte Trailer = 0xbc;

    public static bool Verify(RSA key, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        var modulus = Number(parameters.Modulus);
        var number = Number(signature);
        if (digest.Length != HashSize || signature.Length != parameters.Modulus!.Length || number >= modulus)
        {
            return false;
        }

        // The encoded message has one bit less than the modulus, and may therefore have one byte less.
        var bits = (int)modulus.GetBitLength() - 1;
        var encoded = new byte[(bits + 7) / 8];
        var message = BigInteger.ModPow(number, Number(parameters.Exponent), modulus);
        if (message.GetByteCount(isUnsigned: true) > encoded.Length)
        {
            return false;
        }

        message.TryWriteBytes(encoded.AsSpan(encoded.Length - message.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true);
        return VerifyEncoded(encoded, bits, digest);
    }

    private static bool VerifyEncoded(Span<byte> encoded, int bits, ReadOnlySpan<byte> digest)
    {
        var unusedBits = (8 * encoded.Length) - bits;
        var usedMask = (byte)(0xff >> unusedBits);
        if (encoded.Length < HashSize + 2 || encoded[^1] != Trailer || (encoded[0] & ~usedMask) != 0)
        {
            return false;
        }

        var data = encoded[..^(HashSize + 1)];
        var hash = encoded[^(HashSize + 1)..^1];
        Unmask(data, hash);
        data[0] &= usedMask;

        // Zeros, a one, the salt.
        var one = data.IndexOfAnyExcept((byte)0);
        if (one < 0 || data[one] != 1)
        {
            return false;
        }

        var salt = data[(one + 1)..];
        Span<byte> expected = stackalloc byte[HashSize];
        SHA256.HashData([.. new byte[8], .. digest, .. salt], expected);
        return expected.SequenceEqual(hash);
    }

    /// <summary>Takes away the mask that is made from a seed (MGF1).</summary>
    private static void Unmask(Span<byte> data, ReadOnlySpan<byte> seed)
    {
        Span<byte> input = stackalloc byte[HashSize + sizeof(uint)];
        Span<byte> mask = stackalloc byte[HashSize];
        seed.CopyTo(input);
        for (var (offset, counter) = (0, 0u); offset < data.Length; offset += HashSize, counter++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input[HashSize..], counter);
            SHA256.HashData(input, mask);
            for (var i = 0; i < HashSize && offset + i < data.Length; i++)
            {
                data[offset + i] ^= mask[i];
            }
        }
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}

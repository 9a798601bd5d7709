using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;

namespace Validation.Core.Recording;

/// <summary>Counts values in buckets whose width grows with the value, so that every value is known to the same number of digits.</summary>
/// <remarks>
/// The layout and the encoding (V2, as it is and compressed) are those of HdrHistogram, so its readers and plotters understand
/// what is written here, and the other way round. Merging adds counts: nothing gets lost and the order does not matter.
/// </remarks>
public sealed class HdrHistogram
{
    private const int Cookie = 0x1c849313;
    private const int CompressedCookie = 0x1c849314;
    private const int HeaderSize = 40;

    // Decompressed: more than the widest shape that this class makes, with nine bytes for each count.
    private const int LongestEncoding = 64 << 20;

    private readonly long[] _counts;
    private readonly int _halfMagnitude;
    private readonly int _unitMagnitude;
    private readonly int _leadingZerosBase;
    private readonly long _mask;
    private int _used = 1;

    /// <summary>Creates an empty histogram.</summary>
    /// <param name="lowest">The smallest difference that matters; at least 1.</param>
    /// <param name="highest">The largest value; larger ones count as this one. At least twice the lowest.</param>
    /// <param name="digits">How many decimal digits of a value are kept, from 1 to 5.</param>
    public HdrHistogram(long lowest, long highest, int digits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lowest, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(highest, 2 * lowest);
        ArgumentOutOfRangeException.ThrowIfLessThan(digits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(digits, 5);
        (Lowest, Highest, Digits) = (lowest, highest, digits);
        var subBucketMagnitude = BitOperations.Log2((uint)(2 * Power(digits)) - 1) + 1;
        _halfMagnitude = subBucketMagnitude - 1;
        _unitMagnitude = BitOperations.Log2((ulong)lowest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(subBucketMagnitude + _unitMagnitude, 62, nameof(lowest));
        _leadingZerosBase = 64 - _unitMagnitude - subBucketMagnitude;
        _mask = ((1L << subBucketMagnitude) - 1) << _unitMagnitude;
        var buckets = 1;
        for (var beyond = (Int128)1 << (subBucketMagnitude + _unitMagnitude); beyond <= highest; beyond <<= 1)
        {
            buckets++;
        }

        _counts = new long[(buckets + 1) << _halfMagnitude];
    }

    /// <summary>Gets the smallest difference that matters.</summary>
    public long Lowest { get; }

    /// <summary>Gets the largest value.</summary>
    public long Highest { get; }

    /// <summary>Gets how many decimal digits of a value are kept.</summary>
    public int Digits { get; }

    /// <summary>Gets how many values were counted.</summary>
    public long Count { get; private set; }

    /// <summary>Returns a histogram for latencies in nanoseconds: from microseconds to an hour, to one part in a hundred.</summary>
    public static HdrHistogram ForLatencies() => new(1_000, 3_600_000_000_000, 2);

    /// <summary>Reads an encoded histogram, compressed or not.</summary>
    /// <param name="encoded">The bytes.</param>
    /// <exception cref="InvalidDataException">They are no histogram of version 2, or one that is broken.</exception>
    public static HdrHistogram Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length >= 8 && BinaryPrimitives.ReadInt32BigEndian(encoded) == CompressedCookie)
        {
            return DecodePlain(Decompress(encoded[8..]));
        }

        return DecodePlain(encoded);
    }

    /// <summary>Counts a value.</summary>
    /// <param name="value">The value; what is negative counts as zero.</param>
    public void Add(long value)
    {
        var index = IndexOf(Math.Clamp(value, 0, Highest));
        _counts[index]++;
        _used = Math.Max(_used, index + 1);
        Count++;
    }

    /// <summary>Counts everything that another histogram has counted.</summary>
    /// <param name="other">The other one.</param>
    /// <exception cref="ArgumentException">It has another shape; merging would not be exact.</exception>
    public void Add(HdrHistogram other)
    {
        if ((other.Lowest, other.Highest, other.Digits) != (Lowest, Highest, Digits))
        {
            throw new ArgumentException("Histograms of different shapes cannot be merged exactly.", nameof(other));
        }

        for (var index = 0; index < other._used; index++)
        {
            _counts[index] += other._counts[index];
        }

        _used = Math.Max(_used, other._used);
        Count += other.Count;
    }

    /// <summary>Forgets everything that was counted.</summary>
    public void Clear()
    {
        Array.Clear(_counts, 0, _used);
        (_used, Count) = (1, 0);
    }

    /// <summary>Returns a percentile: the largest value of the bucket in which it lies.</summary>
    /// <param name="percentile">More than 0 and at most 100.</param>
    /// <returns>The value; zero when nothing was counted.</returns>
    public long At(double percentile)
    {
        var rank = Math.Max(1, (long)Math.Ceiling((decimal)percentile / 100 * Count));
        for (var index = 0; index < _used; index++)
        {
            rank -= _counts[index];
            if (rank <= 0)
            {
                return LargestOf(index);
            }
        }

        return 0;
    }

    /// <summary>Returns the histogram in the encoding V2.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[HeaderSize + (_used * 9)];
        var size = HeaderSize;
        for (var index = 0; index < _used;)
        {
            var zeros = index;
            while (zeros < _used && _counts[zeros] == 0)
            {
                zeros++;
            }

            // A run of zeros is one negative number; a single zero is itself.
            var run = zeros - index;
            size += ZigZag.Write(bytes.AsSpan(size), run switch { 0 => _counts[index], 1 => 0, _ => -run });
            index += Math.Max(1, run);
        }

        var header = bytes.AsSpan();
        BinaryPrimitives.WriteInt32BigEndian(header, Cookie);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], size - HeaderSize);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], Digits);
        BinaryPrimitives.WriteInt64BigEndian(header[16..], Lowest);
        BinaryPrimitives.WriteInt64BigEndian(header[24..], Highest);
        BinaryPrimitives.WriteDoubleBigEndian(header[32..], 1);
        return bytes[..size];
    }

    /// <summary>Returns the histogram in the encoding V2, compressed, as logs of histograms have it.</summary>
    public byte[] EncodeCompressed()
    {
        using var compressed = new MemoryStream();
        compressed.Write(new byte[8]);
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(Encode());
        }

        var bytes = compressed.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, CompressedCookie);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), bytes.Length - 8);
        return bytes;
    }

    private static HdrHistogram DecodePlain(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < HeaderSize || BinaryPrimitives.ReadInt32BigEndian(encoded) != Cookie)
        {
            throw new InvalidDataException("This is no histogram of version 2.");
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(encoded[4..]);
        if (length < 0 || length > encoded.Length - HeaderSize || BinaryPrimitives.ReadInt32BigEndian(encoded[8..]) != 0)
        {
            throw new InvalidDataException("The histogram is cut off, or shifted, which is not understood here.");
        }

        try
        {
            var histogram = new HdrHistogram(
                BinaryPrimitives.ReadInt64BigEndian(encoded[16..]),
                BinaryPrimitives.ReadInt64BigEndian(encoded[24..]),
                BinaryPrimitives.ReadInt32BigEndian(encoded[12..]));
            histogram.Fill(encoded.Slice(HeaderSize, length));
            return histogram;
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new InvalidDataException($"The histogram has an impossible shape: {error.Message}", error);
        }
    }

    private static byte[] Decompress(ReadOnlySpan<byte> compressed)
    {
        using var zlib = new ZLibStream(new MemoryStream(compressed.ToArray()), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        var buffer = new byte[16_384];
        for (int read; (read = zlib.Read(buffer)) > 0;)
        {
            plain.Write(buffer, 0, read);
            if (plain.Length > LongestEncoding)
            {
                throw new InvalidDataException("The histogram is larger than any can be.");
            }
        }

        return plain.ToArray();
    }

    private static int Power(int digits) => (int)Math.Pow(10, digits);

    private void Fill(ReadOnlySpan<byte> counts)
    {
        for (var index = 0; !counts.IsEmpty;)
        {
            var count = ZigZag.Read(ref counts);
            var next = index + Math.Max(1, -count);
            if (next > _counts.Length)
            {
                throw new InvalidDataException("The histogram has more counts than buckets.");
            }

            if (count > 0)
            {
                _counts[index] = count;
                _used = index + 1;
                Count += count;
            }

            index = (int)next;
        }
    }

    private int IndexOf(long value)
    {
        var bucket = _leadingZerosBase - BitOperations.LeadingZeroCount((ulong)(value | _mask));
        var subBucket = (int)(value >> (bucket + _unitMagnitude));
        return ((bucket + 1) << _halfMagnitude) + subBucket - (1 << _halfMagnitude);
    }

    private long LargestOf(int index)
    {
        var half = 1 << _halfMagnitude;
        var bucket = Math.Max(0, (index >> _halfMagnitude) - 1);
        var subBucket = index < 2 * half ? index : (index & (half - 1)) + half;
        return ((subBucket + 1L) << (bucket + _unitMagnitude)) - 1;
    }
}

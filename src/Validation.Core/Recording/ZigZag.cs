namespace Validation.Core.Recording;

/// <summary>Signed numbers in one to nine bytes, as HdrHistogram writes its counts: LEB128 of the zigzag form, whose ninth byte has eight bits.</summary>
internal static class ZigZag
{
    private const int LastByte = 8;

    /// <summary>Writes a number.</summary>
    /// <param name="bytes">Where to; at least nine bytes.</param>
    /// <param name="value">The number.</param>
    /// <returns>How many bytes it took.</returns>
    public static int Write(Span<byte> bytes, long value)
    {
        var rest = (ulong)((value << 1) ^ (value >> 63));
        for (var i = 0; i < LastByte; i++)
        {
            if (rest < 0x80)
            {
                bytes[i] = (byte)rest;
                return i + 1;
            }

            bytes[i] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        bytes[LastByte] = (byte)rest;
        return LastByte + 1;
    }

    /// <summary>Reads a number.</summary>
    /// <param name="bytes">Where from; what follows the number afterwards.</param>
    /// <exception cref="InvalidDataException">The number is cut off.</exception>
    public static long Read(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var i = 0; i < bytes.Length; i++)
        {
            var isLast = i == LastByte || bytes[i] < 0x80;
            value |= (ulong)(i == LastByte ? bytes[i] : bytes[i] & 0x7f) << (7 * i);
            if (isLast)
            {
                bytes = bytes[(i + 1)..];
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }

        throw new InvalidDataException("A number of the histogram is cut off.");
    }
}

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>The code of RFC 7541, appendix B, in which servers may write the texts of headers.</summary>
/// <remarks>It is canonical: the codes of one length are consecutive and in the order of their symbols, so the lengths say everything.</remarks>
internal static class HuffmanCode
{
    private const int LongestCode = 30;
    private const int EndOfText = 256;

    private static readonly byte[] Lengths =
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    // For each length: its first code, how many codes it has, and where their symbols begin.
    private static readonly (int FirstCode, int Count, int FirstSymbol)[] ByLength = new (int, int, int)[LongestCode + 1];
    private static readonly int[] Symbols = [.. Enumerable.Range(0, Lengths.Length).OrderBy(symbol => Lengths[symbol])];

    static HuffmanCode()
    {
        var (code, symbol) = (0, 0);
        for (var length = 1; length <= LongestCode; length++)
        {
            var count = Lengths.Count(other => other == length);
            ByLength[length] = (code, count, symbol);
            code = (code + count) << 1;
            symbol += count;
        }
    }

    /// <summary>Reads a text.</summary>
    /// <param name="encoded">The whole text, padded as the RFC says.</param>
    /// <returns>The text, one character for each octet; null when it is not in this code.</returns>
    public static string? Decode(ReadOnlySpan<byte> encoded)
    {
        Span<char> text = new char[encoded.Length * 8 / 5];
        var (written, code, length) = (0, 0, 0);
        foreach (var octet in encoded)
        {
            for (var bit = 7; bit >= 0; bit--)
            {
                code = (code << 1) | ((octet >> bit) & 1);
                if (++length > LongestCode)
                {
                    return null;
                }

                var (firstCode, count, firstSymbol) = ByLength[length];
                if (code - firstCode < count)
                {
                    var symbol = Symbols[firstSymbol + code - firstCode];
                    if (symbol == EndOfText)
                    {
                        return null;
                    }

                    text[written++] = (char)symbol;
                    (code, length) = (0, 0);
                }
            }
        }

        // What is left is padding: less than an octet of ones.
        return length < 8 && code == (1 << length) - 1 ? new string(text[..written]) : null;
    }
}

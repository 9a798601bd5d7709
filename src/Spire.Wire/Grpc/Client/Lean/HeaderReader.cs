using System.Text;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>Reads blocks of headers after RFC 7541, with a dynamic table of size zero: nothing is remembered between blocks.</summary>
internal ref struct HeaderReader
{
    private static readonly (string Name, string Value)[] StaticTable =
    [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"), (":scheme", "http"), (":scheme", "https"),
        (":status", "200"), (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"),
        ("accept-charset", ""), ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
        ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""), ("content-disposition", ""),
        ("content-encoding", ""), ("content-language", ""), ("content-length", ""), ("content-location", ""), ("content-range", ""), ("content-type", ""),
        ("cookie", ""), ("date", ""), ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
        ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""), ("max-forwards", ""),
        ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""),
        ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""), ("www-authenticate", ""),
    ];

    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins to read.</summary>
    /// <param name="block">The whole block.</param>
    public HeaderReader(ReadOnlySpan<byte> block) => _rest = block;

    /// <summary>Reads the next header.</summary>
    /// <param name="header">The header; its name is in lower case.</param>
    /// <returns>False at the end of the block.</returns>
    /// <exception cref="InvalidDataException">The block is not one, or refers to a table that we do not have.</exception>
    public bool TryRead(out (string Name, string Value) header)
    {
        while (!_rest.IsEmpty)
        {
            var first = _rest[0];
            if ((first & 0x80) != 0)
            {
                header = InTable(ReadNumber(7));
                return true;
            }

            if ((first & 0xE0) == 0x20)
            {
                RequireNoTable(ReadNumber(5));
                continue;
            }

            // A literal: to be remembered by those who have a table (01), or not (0000), or by nobody (0001).
            var name = ReadNumber((first & 0x40) != 0 ? 6 : 4);
            header.Name = name == 0 ? ReadText() : InTable(name).Name;
            header.Value = ReadText();
            return true;
        }

        header = default;
        return false;
    }

    private static (string Name, string Value) InTable(int index) => index >= 1 && index <= StaticTable.Length
        ? StaticTable[index - 1]
        : throw new InvalidDataException($"The server refers to header {index}, and we allow it no table.");

    private static void RequireNoTable(int size)
    {
        if (size > 0)
        {
            throw new InvalidDataException($"The server wants a header table of {size} bytes, and we allow it none.");
        }
    }

    private int ReadNumber(int prefixBits)
    {
        var most = (1 << prefixBits) - 1;
        var number = Take(1)[0] & most;
        if (number < most)
        {
            return number;
        }

        for (var shift = 0; shift <= 21; shift += 7)
        {
            var octet = Take(1)[0];
            number += (octet & 0x7F) << shift;
            if ((octet & 0x80) == 0)
            {
                return number;
            }
        }

        throw new InvalidDataException("A number in a block of headers is too large.");
    }

    private string ReadText()
    {
        var isHuffman = !_rest.IsEmpty && (_rest[0] & 0x80) != 0;
        var octets = Take(ReadNumber(7));
        return !isHuffman
            ? Usual(octets) ?? Encoding.Latin1.GetString(octets)
            : HuffmanCode.Decode(octets) ?? throw new InvalidDataException("A text in a block of headers is not in the code of RFC 7541.");
    }

    // What every answer has is not made anew for each.
    private static string? Usual(ReadOnlySpan<byte> octets) =>
        octets.SequenceEqual("grpc-status"u8) ? StatusHeaders.Code
        : octets.SequenceEqual("0"u8) ? "0"
        : octets.SequenceEqual("application/grpc"u8) ? Frame.ContentType
        : null;

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new InvalidDataException("A block of headers ends too early.");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

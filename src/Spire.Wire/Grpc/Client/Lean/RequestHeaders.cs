using System.Collections.Concurrent;
using System.Text;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>Writes the headers of a call after RFC 7541, without a dynamic table and without Huffman's code.</summary>
internal static class RequestHeaders
{
    // Indexes of the static table.
    private const byte MethodPost = 0x83;
    private const byte SchemeHttp = 0x86;
    private const byte SchemeHttps = 0x87;
    private const int Authority = 1;
    private const int Path = 4;
    private const int ContentType = 31;
    private const int UserAgent = 58;

    // One for each method and timeout of a load; whoever has more than that gets them written anew.
    private const int MostKept = 256;

    private static readonly ConcurrentDictionary<Likeness, byte[]> Kept = new();

    /// <summary>Writes the headers.</summary>
    /// <param name="path">The path of the method.</param>
    /// <param name="options">Authority, user agent, and whether there is TLS.</param>
    /// <param name="call">The timeout and the metadata of the call.</param>
    /// <returns>The block, which must not be changed.</returns>
    public static byte[] Of(string path, GrpcChannelOptions options, CallOptions call)
    {
        if (call.Metadata is not null)
        {
            return Write(path, options, call);
        }

        var likeness = new Likeness(path, options.Authority, options.UserAgent, options.Tls is not null, call.Timeout);
        if (Kept.TryGetValue(likeness, out var kept))
        {
            return kept;
        }

        var written = Write(path, options, call);
        if (Kept.Count < MostKept)
        {
            Kept[likeness] = written;
        }

        return written;
    }

    private static byte[] Write(string path, GrpcChannelOptions options, CallOptions call)
    {
        var block = new MemoryStream(256);
        block.WriteByte(MethodPost);
        block.WriteByte(options.Tls is null ? SchemeHttp : SchemeHttps);
        Write(block, Path, path);
        Write(block, Authority, options.Authority);
        Write(block, ContentType, Frame.ContentType);
        Write(block, "te", "trailers");
        Write(block, UserAgent, options.UserAgent);
        if (call.Timeout is { } timeout)
        {
            Write(block, TimeoutHeader.Name, TimeoutHeader.Format(timeout));
        }

        foreach (var (key, value) in call.Metadata ?? Metadata.Empty)
        {
            Write(block, key, value);
        }

        return block.ToArray();
    }

    private static void Write(MemoryStream block, int name, string value)
    {
        WriteNumber(block, 4, name);
        WriteText(block, value);
    }

    private static void Write(MemoryStream block, string name, string value)
    {
        block.WriteByte(0);
        WriteText(block, name);
        WriteText(block, value);
    }

    private static void WriteText(MemoryStream block, string text)
    {
        WriteNumber(block, 7, text.Length);
        block.Write(Encoding.Latin1.GetBytes(text));
    }

    private static void WriteNumber(MemoryStream block, int prefixBits, int number)
    {
        var most = (1 << prefixBits) - 1;
        if (number < most)
        {
            block.WriteByte((byte)number);
            return;
        }

        block.WriteByte((byte)most);
        for (number -= most; number >= 0x80; number >>= 7)
        {
            block.WriteByte((byte)(number | 0x80));
        }

        block.WriteByte((byte)number);
    }

    private readonly record struct Likeness(string Path, string Authority, string UserAgent, bool IsSecure, TimeSpan? Timeout);
}

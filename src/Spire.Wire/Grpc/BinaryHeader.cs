using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Spire.Wire.Grpc;

/// <summary>Bytes as a header's value: base64, without padding when we write it and with or without when we read it.</summary>
internal static class BinaryHeader
{
    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        var padded = text.TrimEnd('=');
        padded = padded.PadRight((padded.Length + 3) / 4 * 4, '=');
        bytes = null;
        if (!Base64.IsValid(padded, out var length))
        {
            return false;
        }

        bytes = new byte[length];
        return Convert.TryFromBase64String(padded, bytes, out _);
    }
}

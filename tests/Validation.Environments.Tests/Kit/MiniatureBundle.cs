namespace Validation.Environments.Tests.Kit;

/// <summary>Serialized <c>spire.api.types.Bundle</c> messages, written by hand.</summary>
internal static class MiniatureBundle
{
    /// <summary>A bundle with a trust domain, authorities, one of them tainted, a JWT key and numbers.</summary>
    public static byte[] With(params byte[][] authorities) =>
    [
        .. Field(1, "validation.test"u8.ToArray()),
        .. authorities.SelectMany((authority, index) => Field(2, [.. Field(1, authority), .. index == 0 ? [] : (byte[])[0x10, 0x01]])),
        .. Field(3, [.. Field(1, [1, 2, 3]), .. Field(2, "key"u8.ToArray()), 0x18, 0x96, 0x01]),
        0x20, 0xAC, 0x02,
        0x28, 0x07,
    ];

    /// <summary>A message as gRPC sends it.</summary>
    public static byte[] Frame(byte[] message) => [0, .. BitConverter.GetBytes(message.Length).Reverse(), .. message];

    private static IEnumerable<byte> Field(int number, byte[] content) => [(byte)((number << 3) | 2), .. Varint(content.Length), .. content];

    private static IEnumerable<byte> Varint(int value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            yield return (byte)(value | 0x80);
        }

        yield return (byte)value;
    }
}

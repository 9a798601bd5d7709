using System.Buffers.Binary;
using Google.Protobuf;

namespace Spire.Wire.Grpc;

/// <summary>A message on the wire: one byte that tells whether it is compressed, its length in four bytes, the message.</summary>
/// <remarks>We never compress and never announce that we could read what is compressed.</remarks>
internal static class Frame
{
    public const int HeaderSize = 5;

    /// <summary>What grpc-go accepts too when nothing else is configured.</summary>
    public const int DefaultMaxMessageSize = 4 * 1024 * 1024;

    public const string ContentType = "application/grpc";

    public const string EncodingHeader = "grpc-encoding";

    /// <summary>Writes a frame.</summary>
    /// <param name="message">The message.</param>
    /// <param name="frame">Exactly as long as the header and the message together.</param>
    public static void Write(IMessage message, Span<byte> frame)
    {
        frame[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(frame[1..], frame.Length - HeaderSize);
        message.WriteTo(frame[HeaderSize..]);
    }

    /// <summary>Reads the header of a frame and returns the length of the message.</summary>
    /// <exception cref="GrpcException">The message is too long or compressed.</exception>
    public static int ReadHeader(ReadOnlySpan<byte> header, int maxMessageSize)
    {
        if (header[0] != 0)
        {
            throw new GrpcException(StatusCode.Internal, header[0] == 1
                ? "grpc: compressed flag set with identity or empty encoding"
                : $"grpc: received unexpected payload format {header[0]}");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > maxMessageSize)
        {
            throw new GrpcException(StatusCode.ResourceExhausted, $"grpc: received message larger than max ({length} vs. {maxMessageSize})");
        }

        return (int)length;
    }

    /// <summary>Tells whether a <c>Content-Type</c> is gRPC's, with whatever message format it names.</summary>
    public static bool IsContentType(string? contentType) =>
        contentType is not null
        && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';');
}

using System.Buffers;
using System.Net;
using Google.Protobuf;

namespace Spire.Wire.Grpc.Client;

/// <summary>The body of a request that is one message.</summary>
internal sealed class MessageContent : HttpContent
{
    private readonly IMessage _message;

    public MessageContent(IMessage message) => _message = message;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var length = Frame.HeaderSize + _message.CalculateSize();
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Frame.Write(_message, buffer.AsSpan(0, length));
            await stream.WriteAsync(buffer.AsMemory(0, length), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Says that the length is not known, so that no <c>content-length</c> is sent: other gRPC clients send none.</summary>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Spire.Wire.Grpc.Server;

/// <summary>The requests of a call.</summary>
/// <typeparam name="TRequest">What the client sends.</typeparam>
public sealed class MessageReader<TRequest>
    where TRequest : class, IMessage<TRequest>, new()
{
    private readonly PipeReader _body;
    private readonly MessageParser<TRequest> _parser;
    private readonly int _maxMessageSize;

    internal MessageReader(PipeReader body, MessageParser<TRequest> parser, int maxMessageSize) =>
        (_body, _parser, _maxMessageSize) = (body, parser, maxMessageSize);

    /// <summary>Waits for the next request.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The request; null when the client sends no more.</returns>
    /// <exception cref="GrpcException">The message is too long, compressed, cut off, or not of this type.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async ValueTask<TRequest?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await ReadBodyAsync(cancellationToken);
            var rest = read.Buffer;
            if (TryCut(ref rest, out var message))
            {
                var request = Parse(message);
                _body.AdvanceTo(rest.Start);
                return request;
            }

            if (read.IsCompleted)
            {
                _body.AdvanceTo(rest.End);
                return rest.IsEmpty ? null : throw new GrpcException(StatusCode.Internal, "unexpected EOF");
            }

            _body.AdvanceTo(rest.Start, rest.End);
        }
    }

    /// <summary>Reads requests until the client sends no more.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async IAsyncEnumerable<TRequest> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken) is { } request)
        {
            yield return request;
        }
    }

    private async ValueTask<ReadResult> ReadBodyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _body.ReadAsync(cancellationToken);
        }
        catch (IOException lost)
        {
            throw new ClientGoneException(lost);
        }
    }

    private bool TryCut(ref ReadOnlySequence<byte> rest, out ReadOnlySequence<byte> message)
    {
        message = default;
        if (rest.Length < Frame.HeaderSize)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[Frame.HeaderSize];
        rest.Slice(0, Frame.HeaderSize).CopyTo(header);
        var length = Frame.ReadHeader(header, _maxMessageSize);
        if (rest.Length < Frame.HeaderSize + length)
        {
            return false;
        }

        message = rest.Slice(Frame.HeaderSize, length);
        rest = rest.Slice(Frame.HeaderSize + length);
        return true;
    }

    private TRequest Parse(ReadOnlySequence<byte> message)
    {
        try
        {
            return _parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new GrpcException(StatusCode.Internal, $"grpc: error unmarshalling request: {error.Message}", error);
        }
    }
}

using System.Buffers;
using System.Globalization;
using System.Net;
using Google.Protobuf;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>One call on a connection, as the thread that reads the connection sees it.</summary>
internal abstract class CallStream
{
    private readonly Dictionary<string, string> _headers = [];
    private bool _hasResponse;

    /// <summary>Gets or sets the stream's number; 0 before it begins. Guarded by the connection.</summary>
    public int Id { get; set; }

    /// <summary>Gets or sets how much the server still takes. Guarded by the connection.</summary>
    public int SendWindow { get; set; }

    /// <summary>Gets or sets how much of what came the server has not been told to be free again. Used by the reading thread alone.</summary>
    public int Consumed { get; set; }

    /// <summary>Takes headers, or what follows the messages.</summary>
    /// <exception cref="InvalidDataException">The block cannot be read.</exception>
    public void TakeHeaders(ReadOnlySpan<byte> block)
    {
        var reader = new HeaderReader(block);
        while (reader.TryRead(out var header))
        {
            _headers[header.Name] = header.Value;
        }

        if (!_hasResponse && ProblemOfResponse() is { } problem)
        {
            End(StatusIn() is { Code: not StatusCode.OK } status ? status : problem);
        }

        _hasResponse = true;
    }

    /// <summary>Takes a part of the messages.</summary>
    public abstract void TakeData(ReadOnlySpan<byte> data);

    /// <summary>Notes that the server has said everything.</summary>
    public void TakeEnd() => End(StatusIn() ?? new GrpcStatus(StatusCode.Internal, "server closed the stream without sending trailers"));

    /// <summary>Ends the call from this side, or because the connection broke. Only the first end counts.</summary>
    public abstract void Fail(GrpcException failure);

    /// <summary>Ends the call with a status of the server. Only the first end counts.</summary>
    protected abstract void End(GrpcStatus status);

    private GrpcStatus? ProblemOfResponse()
    {
        var http = int.TryParse(_headers.GetValueOrDefault(":status"), NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : 0;
        var contentType = _headers.GetValueOrDefault("content-type");
        return http == (int)HttpStatusCode.OK && Frame.IsContentType(contentType) ? null : TransportFailure.Explain((HttpStatusCode)http, contentType);
    }

    private GrpcStatus? StatusIn() => _headers.GetValueOrDefault(StatusHeaders.Code) is { } code
        ? StatusHeaders.Parse(code, _headers.GetValueOrDefault(StatusHeaders.Message), _headers.GetValueOrDefault(StatusHeaders.Details))
        : null;
}

/// <summary>One call with its messages.</summary>
/// <typeparam name="TResponse">What the server sends.</typeparam>
internal sealed class CallStream<TResponse> : CallStream
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly Lock _gate = new();
    private readonly Queue<TResponse> _messages = [];
    private readonly MessageParser<TResponse> _parser;
    private readonly int _maxMessageSize;
    private ArrayBufferWriter<byte>? _partial;
    private GrpcException? _failure;
    private bool _isEnded;
    private TaskCompletionSource? _changed;

    public CallStream(MessageParser<TResponse> parser, int maxMessageSize) => (_parser, _maxMessageSize) = (parser, maxMessageSize);

    public override void TakeData(ReadOnlySpan<byte> data)
    {
        try
        {
            if (_partial is null)
            {
                data = TakeMessages(data);
                if (data.IsEmpty)
                {
                    return;
                }

                _partial = new ArrayBufferWriter<byte>(data.Length);
                _partial.Write(data);
                return;
            }

            _partial.Write(data);
            var rest = TakeMessages(_partial.WrittenSpan);
            if (rest.Length < _partial.WrittenCount)
            {
                var kept = rest.ToArray();
                _partial = null;
                TakeData(kept);
            }
        }
        catch (InvalidProtocolBufferException error)
        {
            Fail(new GrpcException(StatusCode.Internal, $"grpc: failed to unmarshal the received message: {error.Message}", error));
        }
        catch (GrpcException failure)
        {
            Fail(failure);
        }
    }

    public override void Fail(GrpcException failure) => Change(() => (_isEnded, _failure) = (true, failure));

    /// <summary>Waits for the next message.</summary>
    /// <returns>Null when the call ended well.</returns>
    /// <exception cref="GrpcException">It ended otherwise.</exception>
    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_messages.TryDequeue(out var message))
                {
                    return message;
                }

                if (_isEnded)
                {
                    return _failure is null ? null : throw new GrpcException(_failure.Status, _failure.InnerException);
                }

                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    protected override void End(GrpcStatus status)
    {
        if (_partial is not null && status.Code == StatusCode.OK)
        {
            status = new GrpcStatus(StatusCode.Internal, "The response ended in the middle of a message.");
        }

        Change(() => (_isEnded, _failure) = (true, status.Code == StatusCode.OK ? null : new GrpcException(status)));
    }

    /// <summary>Takes whole messages and returns what is left.</summary>
    private ReadOnlySpan<byte> TakeMessages(ReadOnlySpan<byte> data)
    {
        while (data.Length >= Frame.HeaderSize)
        {
            var length = Frame.HeaderSize + Frame.ReadHeader(data, _maxMessageSize);
            if (data.Length < length)
            {
                break;
            }

            var message = _parser.ParseFrom(data[Frame.HeaderSize..length]);
            data = data[length..];
            Change(() => _messages.Enqueue(message));
        }

        return data;
    }

    private void Change(Action change)
    {
        TaskCompletionSource? changed;
        lock (_gate)
        {
            if (_isEnded)
            {
                return;
            }

            change();
            (changed, _changed) = (_changed, null);
        }

        changed?.TrySetResult();
    }
}

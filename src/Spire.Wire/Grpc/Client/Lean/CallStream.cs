using System.Buffers;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Google.Protobuf;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>One call on a connection, as the thread that reads the connection sees it.</summary>
internal abstract class CallStream
{
    private string? _httpStatus;
    private string? _contentType;
    private string? _status;
    private string? _message;
    private string? _details;
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
            Take(header.Name, header.Value);
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

    private void Take(string name, string value)
    {
        switch (name)
        {
            case ":status":
                _httpStatus = value;
                break;
            case "content-type":
                _contentType = value;
                break;
            case StatusHeaders.Code:
                _status = value;
                break;
            case StatusHeaders.Message:
                _message = value;
                break;
            case StatusHeaders.Details:
                _details = value;
                break;
            default:
                break;
        }
    }

    private GrpcStatus? ProblemOfResponse()
    {
        var http = int.TryParse(_httpStatus, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : 0;
        return http == (int)HttpStatusCode.OK && Frame.IsContentType(_contentType) ? null : TransportFailure.Explain((HttpStatusCode)http, _contentType);
    }

    private GrpcStatus? StatusIn() => _status is null ? null : StatusHeaders.Parse(_status, _message, _details);
}

/// <summary>One call with its messages. One reader at a time.</summary>
/// <typeparam name="TResponse">What the server sends.</typeparam>
internal sealed class CallStream<TResponse> : CallStream, IValueTaskSource
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly Lock _gate = new();
    private readonly MessageParser<TResponse> _parser;
    private readonly int _maxMessageSize;
    private readonly bool _isUnary;

    // Most calls have one message, and need no queue.
    private TResponse? _first;
    private Queue<TResponse>? _more;
    private ArrayBufferWriter<byte>? _partial;
    private GrpcException? _failure;
    private bool _isEnded;
    private bool _isWaiting;
    private ManualResetValueTaskSourceCore<bool> _changed = new() { RunContinuationsAsynchronously = true };

    /// <summary>Creates the call.</summary>
    /// <param name="parser">Reads messages.</param>
    /// <param name="maxMessageSize">The size of the longest message that is accepted.</param>
    /// <param name="isUnary">Whether the reader waits for the end rather than for a message.</param>
    public CallStream(MessageParser<TResponse> parser, int maxMessageSize, bool isUnary) =>
        (_parser, _maxMessageSize, _isUnary) = (parser, maxMessageSize, isUnary);

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

    public override void Fail(GrpcException failure) => End(failure);

    /// <summary>Waits for the next message.</summary>
    /// <returns>Null when the call ended well.</returns>
    /// <exception cref="GrpcException">It ended otherwise.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ValueTask changed;
            lock (_gate)
            {
                if (_isEnded || (_first is not null && !_isUnary))
                {
                    return Next();
                }

                cancellationToken.ThrowIfCancellationRequested();
                _changed.Reset();
                _isWaiting = true;
                changed = new ValueTask(this, _changed.Version);
            }

            using var givingUp = cancellationToken.UnsafeRegister(static stream => ((CallStream<TResponse>)stream!).Wake(), this);
            await changed;
        }
    }

    void IValueTaskSource.GetResult(short token) => _changed.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _changed.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _changed.OnCompleted(continuation, state, token, flags);

    protected override void End(GrpcStatus status)
    {
        if (_partial is not null && status.Code == StatusCode.OK)
        {
            status = new GrpcStatus(StatusCode.Internal, "The response ended in the middle of a message.");
        }

        End(status.Code == StatusCode.OK ? null : new GrpcException(status));
    }

    private void End(GrpcException? failure)
    {
        lock (_gate)
        {
            if (_isEnded)
            {
                return;
            }

            (_isEnded, _failure) = (true, failure);
        }

        Wake();
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

            Take(_parser.ParseFrom(data[Frame.HeaderSize..length]));
            data = data[length..];
        }

        return data;
    }

    private void Take(TResponse message)
    {
        lock (_gate)
        {
            if (_isEnded)
            {
                return;
            }

            if (_first is null)
            {
                _first = message;
                if (_isUnary)
                {
                    return;
                }
            }
            else if (!_isUnary)
            {
                (_more ??= []).Enqueue(message);
            }
            else
            {
                throw new GrpcException(StatusCode.Internal, "cardinality violation: received more than one response message");
            }
        }

        Wake();
    }

    /// <summary>Returns the next message, the end, or throws how it ended otherwise. Within the lock.</summary>
    private TResponse? Next()
    {
        // Who waits for one message learns first whether the call ended well.
        if (_first is { } message && !(_isUnary && _failure is not null))
        {
            _first = _more is { Count: > 0 } ? _more.Dequeue() : null;
            return message;
        }

        return _failure is null ? null : throw new GrpcException(_failure.Status, _failure.InnerException);
    }

    private void Wake()
    {
        lock (_gate)
        {
            if (!_isWaiting)
            {
                return;
            }

            _isWaiting = false;
        }

        _changed.SetResult(true);
    }
}

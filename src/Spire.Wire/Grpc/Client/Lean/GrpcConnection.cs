using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Authentication;
using Google.Protobuf;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>One connection to one server, for those who have thousands: idle it holds no buffer, no thread and no timer.</summary>
/// <remarks>
/// Calls may come from any thread and run side by side. Nothing is retried and nothing is opened again: who wants another
/// connection opens one. It is unusable when it broke, when the server sent GOAWAY, and when it was disposed of; calls that
/// run on it when a GOAWAY comes finish.
/// </remarks>
public sealed class GrpcConnection : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Dictionary<int, CallStream> _calls = [];
    private readonly TaskCompletionSource _unusable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly GrpcChannelOptions _options;
    private readonly Stream _stream;
    private TaskCompletionSource? _windowOpened;
    private int _sendWindow = FrameHeader.DefaultWindow;
    private int _callWindow = FrameHeader.DefaultWindow;
    private int _nextId = 1;
    private GrpcException? _broken;

    private GrpcConnection(GrpcChannelOptions options, Stream stream) => (_options, _stream) = (options, stream);

    /// <summary>Gets a task that ends when the connection takes no more calls. It never fails.</summary>
    public Task Unusable => _unusable.Task;

    /// <summary>Gets whether the connection takes calls.</summary>
    public bool IsUsable => !_unusable.Task.IsCompleted;

    /// <summary>Opens a connection.</summary>
    /// <param name="options">
    /// How to reach the server. Of them count how to dial, TLS, the authority, the time to connect, the largest message and the user agent.
    /// </param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="GrpcException">There is none: <see cref="StatusCode.Unavailable"/>.</exception>
    public static async Task<GrpcConnection> OpenAsync(GrpcChannelOptions options, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.ConnectTimeout);
        try
        {
            var stream = await Connecting.OpenAsync(options, limit.Token);
            var connection = new GrpcConnection(options, stream);
            _ = new FrameInbox(connection, stream).ReadAllAsync();
            await connection.WriteAsync(ControlFrames.Preface, limit.Token);
            return connection;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GrpcException(StatusCode.Unavailable, $"connection error: no connection within {options.ConnectTimeout.TotalSeconds:0.###} s");
        }
        catch (Exception failure) when (failure is IOException or SocketException or AuthenticationException)
        {
            throw Broken(failure);
        }
    }

    /// <summary>Makes a call with one request and one response.</summary>
    /// <typeparam name="TRequest">The request.</typeparam>
    /// <typeparam name="TResponse">The response.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="request">The request.</param>
    /// <param name="options">What the server is told: its timeout is not watched on this side.</param>
    /// <param name="cancellationToken">Ends the call, on both sides.</param>
    /// <exception cref="GrpcException">It ended with a status other than <see cref="StatusCode.OK"/>.</exception>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        UnaryMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        await using var call = new ConnectionCall<TRequest, TResponse>(this, method.Path, method.Responses, options);
        await call.WriteAsync(request, isLast: true, cancellationToken);
        var response = await call.ReadAsync(cancellationToken)
            ?? throw new GrpcException(StatusCode.Internal, "cardinality violation: received no response message");
        return await call.ReadAsync(cancellationToken) is null
            ? response
            : throw new GrpcException(StatusCode.Internal, "cardinality violation: received more than one response message");
    }

    /// <summary>Starts a call with a stream of requests and a stream of responses.</summary>
    /// <typeparam name="TRequest">The requests.</typeparam>
    /// <typeparam name="TResponse">The responses.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="options">What the server is told: its timeout is not watched on this side.</param>
    /// <returns>The call; it begins with its first request.</returns>
    public ConnectionCall<TRequest, TResponse> Open<TRequest, TResponse>(DuplexMethod<TRequest, TResponse> method, CallOptions options)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() => new(this, method.Path, method.Responses, options);

    /// <summary>Closes the connection at once; calls that run on it fail.</summary>
    public ValueTask DisposeAsync()
    {
        Break(new GrpcException(StatusCode.Canceled, "The connection was disposed of."));
        return ValueTask.CompletedTask;
    }

    internal int MaxMessageSize => _options.MaxMessageSize;

    /// <summary>Tells whether a server said of a call that it has not looked at it.</summary>
    /// <param name="failure">How the call ended.</param>
    public static bool IsUnseen(GrpcException failure) => failure.InnerException is UnseenCallException;

    /// <summary>Sends a message, with the headers when it is the first.</summary>
    internal async Task SendAsync(CallStream call, string path, CallOptions options, IMessage message, bool isLast, CancellationToken cancellationToken)
    {
        var length = Frame.HeaderSize + message.CalculateSize();
        var data = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Frame.Write(message, data.AsSpan(0, length));
            var sent = call.Id == 0 ? await BeginAsync(call, RequestHeaders.Of(path, _options, options), data.AsMemory(0, length), isLast, cancellationToken) : 0;
            while (sent < length)
            {
                var part = await TakeWindowAsync(call, length - sent, cancellationToken);
                await WriteDataAsync(call, data.AsMemory(sent, part), isLast && sent + part == length, cancellationToken);
                sent += part;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(data);
        }
    }

    /// <summary>Forgets a call; the server is told when it was not over.</summary>
    internal void Leave(CallStream call)
    {
        bool isOpen;
        lock (_gate)
        {
            isOpen = _calls.Remove(call.Id);
        }

        if (isOpen)
        {
            _ = TellAsync(ControlFrames.Cancel(call.Id));
        }

        CloseWhenDone();
    }

    /// <summary>Returns a failure below gRPC as a status.</summary>
    internal static GrpcException Broken(Exception cause) =>
        cause as GrpcException ?? new GrpcException(StatusCode.Unavailable, $"connection error: {cause.GetBaseException().Message}", cause);

    /// <summary>Begins a call with its headers, and with its first message when that fits into one frame and the windows.</summary>
    /// <returns>How much of the message was sent.</returns>
    private async Task<int> BeginAsync(CallStream call, byte[] headers, ReadOnlyMemory<byte> message, bool isLast, CancellationToken cancellationToken)
    {
        // Numbers have to be on the wire in their order.
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var part = 0;
            lock (_gate)
            {
                if (!IsUsable)
                {
                    throw _broken ?? new GrpcException(StatusCode.Unavailable, "connection error: the server ended the connection", new UnseenCallException());
                }

                (call.Id, call.SendWindow) = (_nextId, _callWindow);
                _nextId += 2;
                _calls.Add(call.Id, call);
                if (message.Length <= Math.Min(FrameHeader.LargestFrame, Math.Min(_sendWindow, call.SendWindow)))
                {
                    part = message.Length;
                    _sendWindow -= part;
                    call.SendWindow -= part;
                }
            }

            var length = FrameHeader.Size + headers.Length + (part > 0 ? FrameHeader.Size + part : 0);
            var bytes = ArrayPool<byte>.Shared.Rent(length);
            new FrameHeader(headers.Length, FrameKind.Headers, FrameFlags.EndHeaders, call.Id).Write(bytes);
            headers.CopyTo(bytes, FrameHeader.Size);
            if (part > 0)
            {
                var data = bytes.AsSpan(FrameHeader.Size + headers.Length);
                new FrameHeader(part, FrameKind.Data, isLast ? FrameFlags.EndOrAck : FrameFlags.None, call.Id).Write(data);
                message.Span.CopyTo(data[FrameHeader.Size..]);
            }

            await WriteHeldAsync(bytes.AsMemory(0, length), cancellationToken);
            ArrayPool<byte>.Shared.Return(bytes);
            return part;
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task WriteDataAsync(CallStream call, ReadOnlyMemory<byte> data, bool isLast, CancellationToken cancellationToken)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(FrameHeader.Size + data.Length);
        new FrameHeader(data.Length, FrameKind.Data, isLast ? FrameFlags.EndOrAck : FrameFlags.None, call.Id).Write(bytes);
        data.Span.CopyTo(bytes.AsSpan(FrameHeader.Size));
        await WriteAsync(bytes.AsMemory(0, FrameHeader.Size + data.Length), cancellationToken);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>Waits until the server takes something and returns how much of it may be sent now.</summary>
    private async Task<int> TakeWindowAsync(CallStream call, int wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task opened;
            lock (_gate)
            {
                if (_broken is not null || !_calls.ContainsKey(call.Id))
                {
                    throw _broken ?? new GrpcException(StatusCode.Unavailable, "The call ended before its request was sent.");
                }

                var part = Math.Min(Math.Min(wanted, FrameHeader.LargestFrame), Math.Min(_sendWindow, call.SendWindow));
                if (part > 0)
                {
                    _sendWindow -= part;
                    call.SendWindow -= part;
                    return part;
                }

                _windowOpened ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                opened = _windowOpened.Task;
            }

            await opened.WaitAsync(cancellationToken);
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await WriteHeldAsync(bytes, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Writes while nobody else does. What is given up in the middle of a frame leaves a connection that nobody can use.</summary>
    private async Task WriteHeldAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            using var givingUp = cancellationToken.UnsafeRegister(
                static connection => ((GrpcConnection)connection!).Break(new GrpcException(StatusCode.Unavailable, "connection error: a write was given up")), this);
            await _stream.WriteAsync(bytes, CancellationToken.None);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidOperationException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Break(Broken(failure));
            throw _broken!;
        }
    }

    /// <summary>Writes something that nobody waits for.</summary>
    internal async Task TellAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await WriteAsync(bytes, CancellationToken.None);
        }
        catch (GrpcException)
        {
            // The connection broke; the calls on it know.
        }
    }

    /// <summary>Notes how much the server takes on each call.</summary>
    internal void SetCallWindow(int window)
    {
        lock (_gate)
        {
            foreach (var call in _calls.Values)
            {
                call.SendWindow += window - _callWindow;
            }

            _callWindow = window;
        }

        OpenWindow(0, 0);
    }

    /// <summary>Notes that the server takes more.</summary>
    internal void OpenWindow(int stream, int by)
    {
        TaskCompletionSource? opened;
        lock (_gate)
        {
            if (stream == 0)
            {
                _sendWindow += by;
            }
            else if (_calls.TryGetValue(stream, out var call))
            {
                call.SendWindow += by;
            }

            (opened, _windowOpened) = (_windowOpened, null);
        }

        opened?.TrySetResult();
    }

    /// <summary>Notes that the server takes no more calls, and has not looked at those after one.</summary>
    internal void TakeGoAway(int lastSeen)
    {
        CallStream[] unseen;
        lock (_gate)
        {
            unseen = [.. _calls.Values.Where(call => call.Id > lastSeen)];
            foreach (var call in unseen)
            {
                _calls.Remove(call.Id);
            }

            // Within the lock: a call that begins now would never be looked at.
            _unusable.TrySetResult();
        }

        foreach (var call in unseen)
        {
            call.Fail(new GrpcException(StatusCode.Unavailable, "connection error: the server ended the connection", new UnseenCallException()));
        }

        CloseWhenDone();
    }

    /// <summary>Returns the call on a stream; null when it is over.</summary>
    internal CallStream? Find(int stream)
    {
        lock (_gate)
        {
            return _calls.GetValueOrDefault(stream);
        }
    }

    /// <summary>Notes that a call is over.</summary>
    internal void Forget(int stream)
    {
        lock (_gate)
        {
            _calls.Remove(stream);
        }
    }

    /// <summary>Closes a connection that the server has ended once the last call on it is over.</summary>
    private void CloseWhenDone()
    {
        bool isDone;
        lock (_gate)
        {
            isDone = !IsUsable && _calls.Count == 0;
        }

        if (isDone)
        {
            Break(new GrpcException(StatusCode.Unavailable, "connection error: the server ended the connection", new UnseenCallException()));
        }
    }

    /// <summary>Closes the connection and fails what runs on it.</summary>
    internal void Break(GrpcException reason)
    {
        CallStream[] calls;
        TaskCompletionSource? opened;
        lock (_gate)
        {
            if (_broken is not null)
            {
                return;
            }

            _broken = reason;
            calls = [.. _calls.Values];
            _calls.Clear();
            (opened, _windowOpened) = (_windowOpened, null);
        }

        _unusable.TrySetResult();
        opened?.TrySetResult();
        foreach (var call in calls)
        {
            call.Fail(reason);
        }

        _stream.Dispose();
    }
}

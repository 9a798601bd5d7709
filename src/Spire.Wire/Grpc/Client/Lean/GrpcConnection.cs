using System.Buffers;
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
    private const int CallsOfBusyConnection = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, CallStream> _calls = [];
    private readonly TaskCompletionSource _unusable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly GrpcChannelOptions _options;
    private readonly Stream _stream;
    private readonly FrameOutbox _outbox;
    private TaskCompletionSource? _opened;
    private int _sendWindow = FrameHeader.DefaultWindow;
    private int _callWindow = FrameHeader.DefaultWindow;
    private int _mostCalls = int.MaxValue;
    private int _nextId = 1;
    private GrpcException? _broken;

    private GrpcConnection(GrpcChannelOptions options, Stream stream)
    {
        (_options, _stream) = (options, stream);
        _outbox = new FrameOutbox(this, _gate, stream);
    }

    /// <summary>Gets a task that ends when the connection takes no more calls. It never fails.</summary>
    public Task Unusable => _unusable.Task;

    /// <summary>Gets whether the connection takes calls.</summary>
    public bool IsUsable => !_unusable.Task.IsCompleted;

    /// <summary>Gets the size of the longest message that is accepted.</summary>
    internal int MaxMessageSize => _options.MaxMessageSize;

    /// <summary>Gets whether so many calls run that something will come at any moment.</summary>
    internal bool IsBusy
    {
        get
        {
            lock (_gate)
            {
                return _calls.Count >= CallsOfBusyConnection;
            }
        }
    }

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
            await GreetAsync(stream, limit.Token);
            var connection = new GrpcConnection(options, stream);
            _ = new FrameInbox(connection, stream).ReadAllAsync();
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

    /// <summary>Tells whether a server said of a call that it has not looked at it.</summary>
    /// <param name="failure">How the call ended.</param>
    public static bool IsUnseen(GrpcException failure) => failure.InnerException is UnseenCallException;

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
        var call = new CallStream<TResponse>(method.Responses, MaxMessageSize, isUnary: true);
        try
        {
            await SendAsync(call, method.Path, options, request, isLast: true, cancellationToken);
            return await call.ReadAsync(cancellationToken)
                ?? throw new GrpcException(StatusCode.Internal, "cardinality violation: received no response message");
        }
        finally
        {
            Leave(call);
        }
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

    /// <summary>Sends a message, with the headers when it is the first. It is on its way, or about to be, when this ends.</summary>
    internal ValueTask SendAsync(CallStream call, string path, CallOptions options, IMessage message, bool isLast, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var length = Frame.HeaderSize + message.CalculateSize();
        return TrySend(call, path, options, message, length, isLast)
            ? ValueTask.CompletedTask
            : SendInPartsAsync(call, path, options, message, length, isLast, cancellationToken);
    }

    /// <summary>Forgets a call; the server is told when it was not over.</summary>
    internal void Leave(CallStream call)
    {
        if (Remove(call.Id))
        {
            Tell(ControlFrames.Cancel(call.Id));
        }

        if (!IsUsable)
        {
            CloseWhenDone();
        }
    }

    /// <summary>Returns a failure below gRPC as a status.</summary>
    internal static GrpcException Broken(Exception cause) =>
        cause as GrpcException ?? new GrpcException(StatusCode.Unavailable, $"connection error: {cause.GetBaseException().Message}", cause);

    private static async Task GreetAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(ControlFrames.Preface, cancellationToken);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a message when it fits into one frame, the windows and the outbox.</summary>
    private bool TrySend(CallStream call, string path, CallOptions options, IMessage message, int length, bool isLast)
    {
        bool begins;
        bool isAlone;
        lock (_gate)
        {
            RequireOpen(call);
            var window = call.Id == 0 ? _callWindow : call.SendWindow;
            if (!MayBegin(call) || !_outbox.HasRoom || length > Math.Min(FrameHeader.LargestFrame, Math.Min(_sendWindow, window)))
            {
                return false;
            }

            Begin(call, path, options);
            Frame.Write(message, AddData(call, length, isLast));
            (begins, isAlone) = (_outbox.TryBegin(), _calls.Count == 1);
        }

        if (begins)
        {
            _outbox.Run(now: isAlone);
        }

        return true;
    }

    private async ValueTask SendInPartsAsync(
        CallStream call, string path, CallOptions options, IMessage message, int length, bool isLast, CancellationToken cancellationToken)
    {
        var data = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Frame.Write(message, data.AsSpan(0, length));
            for (var sent = 0; sent < length;)
            {
                await RoomAsync(cancellationToken);
                var part = SendPart(call, path, options, data.AsSpan(sent, length - sent), isLast, out var opened);
                sent += part;
                await (part == 0 ? opened.WaitAsync(cancellationToken) : Task.CompletedTask);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(data);
        }
    }

    /// <summary>Sends as much as the server takes now. When that is nothing, what is opened ends when it may be something.</summary>
    /// <returns>How much was sent.</returns>
    private int SendPart(CallStream call, string path, CallOptions options, ReadOnlySpan<byte> data, bool isLast, out Task opened)
    {
        int part;
        bool begins;
        lock (_gate)
        {
            RequireOpen(call);
            part = 0;
            if (MayBegin(call))
            {
                Begin(call, path, options);
                part = Math.Max(0, Math.Min(Math.Min(data.Length, FrameHeader.LargestFrame), Math.Min(_sendWindow, call.SendWindow)));
            }

            if (part > 0)
            {
                data[..part].CopyTo(AddData(call, part, isLast && part == data.Length));
                opened = Task.CompletedTask;
            }
            else
            {
                _opened ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                opened = _opened.Task;
            }

            begins = _outbox.TryBegin();
        }

        if (begins)
        {
            _outbox.Run(now: true);
        }

        return part;
    }

    private void RequireOpen(CallStream call)
    {
        if (_broken is not null || (call.Id == 0 && !IsUsable))
        {
            throw _broken ?? new GrpcException(StatusCode.Unavailable, "connection error: the server ended the connection", new UnseenCallException());
        }

        if (call.Id != 0 && !_calls.ContainsKey(call.Id))
        {
            throw new GrpcException(StatusCode.Unavailable, "The call ended before its request was sent.");
        }
    }

    private bool MayBegin(CallStream call) => call.Id != 0 || _calls.Count < _mostCalls;

    /// <summary>Begins a call with its headers when it has not begun. Numbers have to be on the wire in their order.</summary>
    private void Begin(CallStream call, string path, CallOptions options)
    {
        if (call.Id != 0)
        {
            return;
        }

        (call.Id, call.SendWindow) = (_nextId, _callWindow);
        _nextId += 2;
        _calls.Add(call.Id, call);
        var headers = RequestHeaders.Of(path, _options, options);
        headers.CopyTo(_outbox.Add(new FrameHeader(headers.Length, FrameKind.Headers, FrameFlags.EndHeaders, call.Id)));
    }

    /// <summary>Adds a frame of data and returns where its content has to be written.</summary>
    private Span<byte> AddData(CallStream call, int length, bool isLast)
    {
        _sendWindow -= length;
        call.SendWindow -= length;
        return _outbox.Add(new FrameHeader(length, FrameKind.Data, isLast ? FrameFlags.EndOrAck : FrameFlags.None, call.Id));
    }

    private async Task RoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (_outbox.HasRoom || _broken is not null)
                {
                    return;
                }

                room = _outbox.Room;
            }

            await room.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Writes something that nobody waits for.</summary>
    internal void Tell(ReadOnlySpan<byte> frame)
    {
        bool begins;
        bool isQuiet;
        lock (_gate)
        {
            if (_broken is not null)
            {
                return;
            }

            _outbox.Add(frame);
            (begins, isQuiet) = (_outbox.TryBegin(), _calls.Count <= 1);
        }

        if (begins)
        {
            _outbox.Run(now: isQuiet);
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

    /// <summary>Notes how many calls the server takes at a time; those beyond wait.</summary>
    internal void SetMostCalls(int most)
    {
        lock (_gate)
        {
            _mostCalls = most;
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

            (opened, _opened) = (_opened, null);
        }

        opened?.TrySetResult();
    }

    /// <summary>Notes that the server takes no more calls, and has not looked at those after one.</summary>
    internal void TakeGoAway(int lastSeen)
    {
        CallStream[] unseen;
        TaskCompletionSource? opened;
        lock (_gate)
        {
            unseen = [.. _calls.Values.Where(call => call.Id > lastSeen)];
            foreach (var call in unseen)
            {
                _calls.Remove(call.Id);
            }

            // Within the lock: a call that begins now would never be looked at.
            _unusable.TrySetResult();
            (opened, _opened) = (_opened, null);
        }

        opened?.TrySetResult();
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
    internal void Forget(int stream) => Remove(stream);

    private bool Remove(int stream)
    {
        bool wasOpen;
        TaskCompletionSource? opened;
        lock (_gate)
        {
            wasOpen = _calls.Remove(stream);
            (opened, _opened) = (_opened, null);
        }

        // Another call may begin in its place.
        opened?.TrySetResult();
        return wasOpen;
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
        TaskCompletionSource? room;
        lock (_gate)
        {
            if (_broken is not null)
            {
                return;
            }

            _broken = reason;
            calls = [.. _calls.Values];
            _calls.Clear();
            (opened, _opened) = (_opened, null);
            room = _outbox.Abandon();
        }

        _unusable.TrySetResult();
        room?.TrySetResult();
        opened?.TrySetResult();
        foreach (var call in calls)
        {
            call.Fail(reason);
        }

        _stream.Dispose();
    }
}

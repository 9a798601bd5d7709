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
    private static readonly byte[] Preface = MakePreface();

    // What was taken is told to the server when it is this much: seldom, and long before a window is closed.
    private const int TellConsumedAfter = FrameHeader.DefaultWindow / 2;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Dictionary<int, CallStream> _calls = [];
    private readonly TaskCompletionSource _unusable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly GrpcChannelOptions _options;
    private readonly Stream _stream;
    private TaskCompletionSource? _windowOpened;
    private int _sendWindow = FrameHeader.DefaultWindow;
    private int _callWindow = FrameHeader.DefaultWindow;
    private int _consumed;
    private int _nextId = 1;
    private ArrayBufferWriter<byte>? _headerBlock;
    private bool _endsWithHeaders;
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
            _ = connection.ReadAllAsync();
            await connection.WriteAsync(Preface, limit.Token);
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
            _ = TellAsync(ResetFrame(call.Id));
        }

        CloseWhenDone();
    }

    private static GrpcException Broken(Exception cause) =>
        cause as GrpcException ?? new GrpcException(StatusCode.Unavailable, $"connection error: {cause.GetBaseException().Message}", cause);

    private static byte[] MakePreface()
    {
        // The server may remember no headers for us and push nothing.
        (Setting Name, int Value)[] settings = [(Setting.HeaderTableSize, 0), (Setting.EnablePush, 0)];
        var greeting = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;
        var preface = new byte[greeting.Length + FrameHeader.Size + (settings.Length * 6)];
        greeting.CopyTo(preface);
        var frame = preface.AsSpan(greeting.Length);
        new FrameHeader(settings.Length * 6, FrameKind.Settings, FrameFlags.None, 0).Write(frame);
        for (var i = 0; i < settings.Length; i++)
        {
            var setting = frame[(FrameHeader.Size + (i * 6))..];
            BinaryPrimitives.WriteUInt16BigEndian(setting, (ushort)settings[i].Name);
            BinaryPrimitives.WriteInt32BigEndian(setting[2..], settings[i].Value);
        }

        return preface;
    }

    private static byte[] NumberFrame(FrameKind kind, int stream, int number)
    {
        var frame = new byte[FrameHeader.Size + 4];
        new FrameHeader(4, kind, FrameFlags.None, stream).Write(frame);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(FrameHeader.Size), number);
        return frame;
    }

    private static byte[] ResetFrame(int stream) => NumberFrame(FrameKind.ResetStream, stream, (int)TransportFailure.Http2Error.Cancel);

    private static byte[] AnswerTo(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(payload.Length, kind, FrameFlags.EndOrAck, 0).Write(frame);
        payload.CopyTo(frame.AsSpan(FrameHeader.Size));
        return frame;
    }

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
    private async Task TellAsync(ReadOnlyMemory<byte> bytes)
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

    /// <summary>Reads until the connection ends. While nothing comes it holds no buffer.</summary>
    private async Task ReadAllAsync()
    {
        try
        {
            while (true)
            {
                await _stream.ReadAsync(Memory<byte>.Empty, CancellationToken.None);
                if (!await ReadWhatIsThereAsync())
                {
                    Break(new GrpcException(StatusCode.Unavailable, "connection error: the server closed the connection"));
                    return;
                }
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidDataException or InvalidOperationException or OperationCanceledException)
        {
            Break(Broken(failure));
        }
    }

    private async Task<bool> ReadWhatIsThereAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FrameHeader.Size + FrameHeader.LargestFrame);
        try
        {
            var held = 0;
            do
            {
                var read = await _stream.ReadAsync(buffer.AsMemory(held), CancellationToken.None);
                if (read == 0)
                {
                    return false;
                }

                held += read;
                var taken = TakeFrames(buffer.AsSpan(0, held));
                buffer.AsSpan(taken, held - taken).CopyTo(buffer);
                held -= taken;
            }
            while (held > 0);

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int TakeFrames(ReadOnlySpan<byte> bytes)
    {
        var taken = 0;
        while (bytes.Length - taken >= FrameHeader.Size)
        {
            var header = FrameHeader.Read(bytes[taken..]);
            if (header.Length > FrameHeader.LargestFrame)
            {
                throw new InvalidDataException($"The server sent a frame of {header.Length} bytes; allowed are {FrameHeader.LargestFrame}.");
            }

            if (bytes.Length - taken < FrameHeader.Size + header.Length)
            {
                break;
            }

            Take(header, bytes.Slice(taken + FrameHeader.Size, header.Length));
            taken += FrameHeader.Size + header.Length;
        }

        return taken;
    }

    private void Take(FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        switch (frame.Kind)
        {
            case FrameKind.Data:
                TakeData(frame, payload);
                break;
            case FrameKind.Headers or FrameKind.Continuation:
                TakeHeaders(frame, payload);
                break;
            case FrameKind.ResetStream when Find(frame.Stream) is { } reset:
                Forget(frame.Stream);
                reset.Fail(TransportFailure.OfReset(BinaryPrimitives.ReadUInt32BigEndian(payload)));
                break;
            case FrameKind.Settings when !frame.Has(FrameFlags.EndOrAck):
                TakeSettings(payload);
                _ = TellAsync(AnswerTo(FrameKind.Settings, []));
                break;
            case FrameKind.Ping when !frame.Has(FrameFlags.EndOrAck):
                _ = TellAsync(AnswerTo(FrameKind.Ping, payload));
                break;
            case FrameKind.GoAway:
                TakeGoAway(BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue);
                break;
            case FrameKind.WindowUpdate:
                OpenWindow(frame.Stream, BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue);
                break;
            case FrameKind.PushPromise:
                throw new InvalidDataException("The server pushes, and we allow it not to.");
            default:
                break;
        }
    }

    private static ReadOnlySpan<byte> WithoutPadding(FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        if (frame.Has(FrameFlags.Padded))
        {
            payload = payload.IsEmpty || payload[0] >= payload.Length
                ? throw new InvalidDataException("A frame is all padding and more.")
                : payload[1..^payload[0]];
        }

        return frame.Kind == FrameKind.Headers && frame.Has(FrameFlags.Priority) ? payload[5..] : payload;
    }

    private void TakeData(FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        // Padding counts too.
        _consumed += payload.Length;
        if (_consumed > TellConsumedAfter)
        {
            _ = TellAsync(NumberFrame(FrameKind.WindowUpdate, 0, _consumed));
            _consumed = 0;
        }

        if (Find(frame.Stream) is not { } call)
        {
            return;
        }

        call.TakeData(WithoutPadding(frame, payload));
        call.Consumed += payload.Length;
        if (frame.Has(FrameFlags.EndOrAck))
        {
            Forget(frame.Stream);
            call.TakeEnd();
        }
        else if (call.Consumed > TellConsumedAfter)
        {
            _ = TellAsync(NumberFrame(FrameKind.WindowUpdate, frame.Stream, call.Consumed));
            call.Consumed = 0;
        }
    }

    private void TakeHeaders(FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        payload = WithoutPadding(frame, payload);
        var isLast = frame.Kind == FrameKind.Headers && frame.Has(FrameFlags.EndOrAck);
        if (!frame.Has(FrameFlags.EndHeaders) || _headerBlock is not null)
        {
            _headerBlock ??= new ArrayBufferWriter<byte>();
            _headerBlock.Write(payload);
            _endsWithHeaders |= isLast;
            if (!frame.Has(FrameFlags.EndHeaders))
            {
                return;
            }

            payload = _headerBlock.WrittenSpan.ToArray();
            (isLast, _endsWithHeaders, _headerBlock) = (_endsWithHeaders, false, null);
        }

        if (Find(frame.Stream) is not { } call)
        {
            return;
        }

        call.TakeHeaders(payload);
        if (isLast)
        {
            Forget(frame.Stream);
            call.TakeEnd();
        }
    }

    private void TakeSettings(ReadOnlySpan<byte> payload)
    {
        for (; payload.Length >= 6; payload = payload[6..])
        {
            if ((Setting)BinaryPrimitives.ReadUInt16BigEndian(payload) == Setting.InitialWindowSize)
            {
                lock (_gate)
                {
                    var window = BinaryPrimitives.ReadInt32BigEndian(payload[2..]);
                    foreach (var call in _calls.Values)
                    {
                        call.SendWindow += window - _callWindow;
                    }

                    _callWindow = window;
                }
            }
        }

        OpenWindow(0, 0);
    }

    private void OpenWindow(int stream, int by)
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

    private void TakeGoAway(int lastSeen)
    {
        CallStream[] unseen;
        lock (_gate)
        {
            unseen = [.. _calls.Values.Where(call => call.Id > lastSeen)];
            foreach (var call in unseen)
            {
                _calls.Remove(call.Id);
            }
        }

        _unusable.TrySetResult();
        foreach (var call in unseen)
        {
            call.Fail(new GrpcException(StatusCode.Unavailable, "connection error: the server ended the connection", new UnseenCallException()));
        }

        CloseWhenDone();
    }

    private CallStream? Find(int stream)
    {
        lock (_gate)
        {
            return _calls.GetValueOrDefault(stream);
        }
    }

    private void Forget(int stream)
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

    private void Break(GrpcException reason)
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

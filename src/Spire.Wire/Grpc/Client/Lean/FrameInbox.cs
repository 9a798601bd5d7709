using System.Buffers;
using System.Buffers.Binary;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>Reads what the server sends and gives it to those whom it concerns. While nothing comes, and little is expected, it holds no buffer.</summary>
/// <param name="connection">The connection.</param>
/// <param name="stream">What it runs on.</param>
internal sealed class FrameInbox(GrpcConnection connection, Stream stream)
{
    // What was taken is told to the server when it is this much: seldom, and long before a window is closed.
    private const int TellConsumedAfter = FrameHeader.DefaultWindow / 2;

    private CallStream? _recent;
    private int _consumed;
    private ArrayBufferWriter<byte>? _headerBlock;
    private bool _endsWithHeaders;

    /// <summary>Reads until the connection ends.</summary>
    public async Task ReadAllAsync()
    {
        try
        {
            // A read of no bytes ends when there are some.
            while (await stream.ReadAsync(Memory<byte>.Empty, CancellationToken.None) == 0 && await ReadWhatIsThereAsync())
            {
            }

            connection.Break(new GrpcException(StatusCode.Unavailable, "connection error: the server closed the connection"));
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Whatever it is, nobody will read on: those who wait for an answer must know.
            connection.Break(GrpcConnection.Broken(failure));
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
                var read = await stream.ReadAsync(buffer.AsMemory(held), CancellationToken.None);
                if (read == 0)
                {
                    return false;
                }

                held += read;
                var taken = TakeFrames(buffer.AsSpan(0, held));
                buffer.AsSpan(taken, held - taken).CopyTo(buffer);
                held -= taken;
            }
            while (held > 0 || connection.IsBusy);

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The frames of an answer mostly come one after the other.
    private CallStream? Find(int stream) => stream == _recent?.Id ? _recent : _recent = connection.Find(stream);

    private void Forget(int stream)
    {
        connection.Forget(stream);
        _recent = null;
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
            case FrameKind.ResetStream when connection.Find(frame.Stream) is { } reset:
                Forget(frame.Stream);
                reset.Fail(TransportFailure.OfReset(BinaryPrimitives.ReadUInt32BigEndian(payload)));
                break;
            case FrameKind.Settings when !frame.Has(FrameFlags.EndOrAck):
                TakeSettings(payload);
                connection.Tell(ControlFrames.AnswerTo(FrameKind.Settings, []));
                break;
            case FrameKind.Ping when !frame.Has(FrameFlags.EndOrAck):
                connection.Tell(ControlFrames.AnswerTo(FrameKind.Ping, payload));
                break;
            case FrameKind.GoAway:
                connection.TakeGoAway(BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue);
                break;
            case FrameKind.WindowUpdate:
                connection.OpenWindow(frame.Stream, BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue);
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
            connection.Tell(ControlFrames.OpenWindow(0, _consumed));
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
            connection.Tell(ControlFrames.OpenWindow(frame.Stream, call.Consumed));
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
            var value = (int)Math.Min(int.MaxValue, BinaryPrimitives.ReadUInt32BigEndian(payload[2..]));
            switch ((Setting)BinaryPrimitives.ReadUInt16BigEndian(payload))
            {
                case Setting.InitialWindowSize:
                    connection.SetCallWindow(value);
                    break;
                case Setting.MaxConcurrentStreams:
                    connection.SetMostCalls(value);
                    break;
                default:
                    break;
            }
        }
    }
}

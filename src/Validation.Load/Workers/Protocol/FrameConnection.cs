using System.Buffers.Binary;
using System.Text.Json;
using System.Threading.Channels;
using Validation.Core;

namespace Validation.Load.Workers.Protocol;

/// <summary>
/// Frames over a stream: four bytes with the length of the rest, little-endian; one byte with the kind; the payload.
/// Sending never waits; one task writes.
/// </summary>
internal sealed class FrameConnection : IAsyncDisposable
{
    /// <summary>The version of everything that is said over the connection.</summary>
    public const int Protocol = 2;

    // The longest ones are batches of operations, which are cut at 1 MiB. Anything longer is not a frame at all.
    private const int LongestFrame = 4 << 20;
    private const int HeaderSize = 5;
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(5);

    private readonly Channel<Frame> _outgoing = Channel.CreateUnbounded<Frame>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly Task _writing;

    /// <summary>Begins to talk over a stream.</summary>
    /// <param name="stream">The stream; closed with the connection.</param>
    /// <param name="time">The clock.</param>
    public FrameConnection(Stream stream, TimeProvider time)
    {
        (_stream, _time) = (stream, time);
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Sends a message. When the connection is closed already nothing happens.</summary>
    /// <param name="message">The message.</param>
    public void Send(WorkerMessage message) =>
        Send(FrameKind.Message, JsonSerializer.SerializeToUtf8Bytes(message, HarnessJson.Lines));

    /// <summary>Sends a frame. When the connection is closed already nothing happens.</summary>
    /// <param name="kind">What it holds.</param>
    /// <param name="payload">The bytes; must not change afterwards.</param>
    public void Send(FrameKind kind, ReadOnlyMemory<byte> payload) => _outgoing.Writer.TryWrite(new Frame(kind, payload));

    /// <summary>Reads the next frame.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Null when the other side has closed the connection between two frames.</returns>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="InvalidDataException">What came is not a frame.</exception>
    public async ValueTask<Frame?> ReadAsync(CancellationToken cancellationToken)
    {
        var header = new byte[HeaderSize];
        var got = await _stream.ReadAtLeastAsync(header, HeaderSize, throwOnEndOfStream: false, cancellationToken);
        if (got == 0)
        {
            return null;
        }

        var length = got < HeaderSize ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(header) - 1L;
        if (length is < 0 or > LongestFrame || !Enum.IsDefined((FrameKind)header[4]) || got < HeaderSize)
        {
            throw new InvalidDataException($"What came is not a frame of this protocol: it begins with {Convert.ToHexString(header.AsSpan(0, got))}.");
        }

        var payload = new byte[length];
        await _stream.ReadExactlyAsync(payload, cancellationToken);
        return new Frame((FrameKind)header[4], payload);
    }

    /// <summary>Reads the message in a frame.</summary>
    /// <param name="frame">A frame with a message.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static WorkerMessage MessageIn(Frame frame)
    {
        try
        {
            return JsonSerializer.Deserialize<WorkerMessage>(frame.Payload.Span, HarnessJson.Lines) ?? throw new JsonException("It is null.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"What came is not a message of this protocol: {error.Message}", error);
        }
    }

    /// <summary>Sends what is waiting, if that is possible in reasonable time, and closes the stream.</summary>
    public async ValueTask DisposeAsync()
    {
        _outgoing.Writer.TryComplete();
        try
        {
            await _writing.WaitAsync(FarewellLimit, _time);
        }
        catch (TimeoutException)
        {
            // The other side does not read; what it did not take it will miss, and notice.
        }

        await _stop.CancelAsync();
        await _stream.DisposeAsync();
        await _writing;
        _stop.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var buffer = new MemoryStream();
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync(_stop.Token))
            {
                buffer.SetLength(0);
                while (buffer.Length < LongestFrame && _outgoing.Reader.TryRead(out var frame))
                {
                    Append(buffer, frame);
                }

                await _stream.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), _stop.Token);
                await _stream.FlushAsync(_stop.Token);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Whoever reads finds the end of the connection and says so; what is sent from now on is dropped.
            _outgoing.Writer.TryComplete();
        }
    }

    private static void Append(MemoryStream buffer, Frame frame)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)frame.Payload.Length + 1);
        header[4] = (byte)frame.Kind;
        buffer.Write(header);
        buffer.Write(frame.Payload.Span);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Validation.Load.Workers.Protocol;

/// <summary>One end of a connection that goes through the connection between controller and worker.</summary>
/// <remarks>For the few small calls to private sockets. What arrives waits here without limit until it is read.</remarks>
internal sealed class TunnelStream : Stream
{
    private const int ChunkSize = 64 << 10;

    private readonly Pipe _arrived = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly Lock _gate = new();
    private readonly FrameConnection _connection;
    private readonly Action _closed;
    private readonly Stream _reader;
    private bool _hasEnded;
    private int _isDisposed;

    /// <summary>Creates an end.</summary>
    /// <param name="connection">What it goes through.</param>
    /// <param name="number">The number of the tunnelled connection.</param>
    /// <param name="closed">Called once when this end is disposed of.</param>
    public TunnelStream(FrameConnection connection, int number, Action closed)
    {
        (_connection, Number, _closed) = (connection, number, closed);
        _reader = _arrived.Reader.AsStream();
    }

    /// <summary>Gets the number of the tunnelled connection.</summary>
    public int Number { get; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Splits the payload of a frame.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>The connection's number and the bytes for it.</returns>
    /// <exception cref="InvalidDataException">It is too short to have a number.</exception>
    public static (int Number, ReadOnlyMemory<byte> Bytes) Split(ReadOnlyMemory<byte> payload) => payload.Length < sizeof(int)
        ? throw new InvalidDataException("A frame for the tunnel has no connection number.")
        : (BinaryPrimitives.ReadInt32LittleEndian(payload.Span), payload[sizeof(int)..]);

    /// <summary>Takes bytes from the other end.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Deliver(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (!_hasEnded)
            {
                _arrived.Writer.Write(bytes);
                // Without a limit there is nothing to wait for.
                _ = _arrived.Writer.FlushAsync(CancellationToken.None).AsTask();
            }
        }
    }

    /// <summary>Ends the reading: the other end is closed.</summary>
    /// <param name="problem">Why; null when it was closed in good order.</param>
    public void End(string? problem)
    {
        lock (_gate)
        {
            _hasEnded = true;
            _arrived.Writer.Complete(problem is null ? null : new IOException(problem));
        }
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _reader.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => _reader.Read(buffer, offset, count);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        for (; !buffer.IsEmpty; buffer = buffer[Math.Min(ChunkSize, buffer.Length)..])
        {
            var payload = new byte[sizeof(int) + Math.Min(ChunkSize, buffer.Length)];
            BinaryPrimitives.WriteInt32LittleEndian(payload, Number);
            buffer[..(payload.Length - sizeof(int))].CopyTo(payload.AsSpan(sizeof(int)));
            _connection.Send(FrameKind.TunnelData, payload);
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _closed();
            _connection.Send(new TunnelClosed(Number, null));
            End(null);
        }

        base.Dispose(disposing);
    }
}

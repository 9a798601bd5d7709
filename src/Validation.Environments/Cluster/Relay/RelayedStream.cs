using System.Buffers.Binary;
using System.Net.Sockets;

namespace Validation.Environments.Cluster.Relay;

/// <summary>A connection through a relay: what comes is taken out of its <see cref="Pieces"/>, what goes is sent as it is.</summary>
internal sealed class RelayedStream : ForwardedStream
{
    private readonly byte[] _header = new byte[Pieces.HeaderLength];
    private int _headerRead;
    private int _left;
    private bool _hasEnded;

    /// <summary>Takes over a connection to a relay.</summary>
    /// <param name="socket">The connection; closed with the stream.</param>
    /// <param name="time">The clock.</param>
    public RelayedStream(Socket socket, TimeProvider time)
        : base(socket, time)
    {
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A read of no bytes waits until there are some.
        if (_hasEnded || buffer.IsEmpty)
        {
            return _hasEnded ? 0 : await base.ReadAsync(buffer, cancellationToken);
        }

        if (_left == 0 && !await BeginPieceAsync(cancellationToken))
        {
            _hasEnded = true;
            return 0;
        }

        var read = await base.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= read;
        _hasEnded = read == 0;
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw Asynchronous();

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => throw Asynchronous();

    private static NotSupportedException Asynchronous() => new("A relayed connection is read asynchronously.");

    private async ValueTask<bool> BeginPieceAsync(CancellationToken cancellationToken)
    {
        while (_headerRead < _header.Length)
        {
            var read = await base.ReadAsync(_header.AsMemory(_headerRead), cancellationToken);
            if (read == 0)
            {
                return false;
            }

            _headerRead += read;
        }

        _headerRead = 0;
        _left = BinaryPrimitives.ReadUInt16BigEndian(_header);
        return _left > 0;
    }
}

using System.Buffers;

namespace Spire.Wire.Grpc.Client;

/// <summary>Cuts the body of a response into messages. A read that was cancelled can be repeated.</summary>
internal sealed class FrameReader
{
    // Most of SPIRE's answers fit. Longer ones get a buffer of their length.
    private const int UsualSize = 2048;

    private readonly Stream _body;
    private readonly int _maxMessageSize;
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    public FrameReader(Stream body, int maxMessageSize) => (_body, _maxMessageSize) = (body, maxMessageSize);

    /// <summary>Reads a message.</summary>
    /// <returns>The message, valid until the next call; null when the body is at its end.</returns>
    /// <exception cref="GrpcException">The message is too long or compressed, or the body ends in its middle.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(Frame.HeaderSize, cancellationToken))
        {
            return null;
        }

        var length = Frame.ReadHeader(_buffer.AsSpan(_start, Frame.HeaderSize), _maxMessageSize);
        await FillAsync(Frame.HeaderSize + length, cancellationToken);
        var message = _buffer.AsMemory(_start + Frame.HeaderSize, length);
        _start += Frame.HeaderSize + length;
        return message;
    }

    /// <summary>Gives the buffer back, for others to use. Only when no read is running and no message is in use.</summary>
    public void Release()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    /// <summary>Reads until so many bytes are there.</summary>
    /// <returns>False when the body ended before the first of them.</returns>
    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        if (_end - _start < count)
        {
            MakeRoom(count);
        }

        while (_end - _start < count)
        {
            var read = await _body.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
            {
                return _end == _start ? false : throw new GrpcException(StatusCode.Internal, "The response ended in the middle of a message.");
            }

            _end += read;
        }

        return true;
    }

    private void MakeRoom(int count)
    {
        var held = _end - _start;
        if (_buffer.Length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(count, UsualSize));
            _buffer.AsSpan(_start, held).CopyTo(larger);
            Release();
            _buffer = larger;
        }
        else
        {
            _buffer.AsSpan(_start, held).CopyTo(_buffer);
        }

        (_start, _end) = (0, held);
    }
}

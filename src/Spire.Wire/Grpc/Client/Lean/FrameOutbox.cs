using System.Buffers;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>
/// Collects frames and writes them in their order. What comes while a write waits for its turn or runs goes out in one piece,
/// which is most of what calls cost that run side by side. While there is nothing to write it holds no buffer.
/// </summary>
/// <remarks>All members but <see cref="Run"/> are guarded by the connection.</remarks>
/// <param name="connection">The connection.</param>
/// <param name="gate">Its lock.</param>
/// <param name="stream">What it runs on.</param>
internal sealed class FrameOutbox(GrpcConnection connection, Lock gate, Stream stream) : IThreadPoolWorkItem
{
    private const int UsualSize = 4096;

    // Only a server that does not read lets this much pile up.
    private const int Most = 128 * 1024;

    private byte[] _waiting = [];
    private int _length;
    private bool _isWriting;
    private TaskCompletionSource? _room;

    /// <summary>Gets whether another frame may be added.</summary>
    public bool HasRoom => _length < Most;

    /// <summary>Gets a task that ends when something was taken out.</summary>
    public Task Room => (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Adds a frame.</summary>
    /// <param name="frame">Its header.</param>
    /// <returns>Where its content has to be written, before the lock is left.</returns>
    public Span<byte> Add(FrameHeader frame)
    {
        var content = Extend(FrameHeader.Size + frame.Length);
        frame.Write(content);
        return content[FrameHeader.Size..];
    }

    /// <summary>Adds bytes that are frames.</summary>
    /// <param name="frames">The bytes.</param>
    public void Add(ReadOnlySpan<byte> frames) => frames.CopyTo(Extend(frames.Length));

    /// <summary>Begins a turn of writing.</summary>
    /// <returns>Whether the caller has to <see cref="Run"/> it, after leaving the lock; else somebody else does.</returns>
    public bool TryBegin()
    {
        var begins = !_isWriting && _length > 0;
        _isWriting |= begins;
        return begins;
    }

    /// <summary>Notes that nothing will be written any more.</summary>
    /// <returns>Who waits for room; null when nobody does.</returns>
    public TaskCompletionSource? Abandon()
    {
        var room = _room;
        (_length, _room) = (0, null);
        return room;
    }

    /// <summary>Writes what there is, and what comes meanwhile.</summary>
    /// <param name="now">Now; else when others that are ready to run have had the opportunity to add something.</param>
    public void Run(bool now)
    {
        if (now)
        {
            _ = WriteAllAsync();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => _ = WriteAllAsync();

    private Span<byte> Extend(int by)
    {
        if (_waiting.Length - _length < by)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(UsualSize, (_length + by) * 2));
            _waiting.AsSpan(0, _length).CopyTo(larger);
            Return(_waiting);
            _waiting = larger;
        }

        var added = _waiting.AsSpan(_length, by);
        _length += by;
        return added;
    }

    private async Task WriteAllAsync()
    {
        while (TryTake(out var bytes, out var length))
        {
            try
            {
                await stream.WriteAsync(bytes.AsMemory(0, length), CancellationToken.None);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                // Whatever it is, nothing can be written any more: the turn never ends, and calls fail before they add anything.
                connection.Break(GrpcConnection.Broken(failure));
                return;
            }
            finally
            {
                Return(bytes);
            }
        }
    }

    /// <summary>Takes everything out, or ends the turn when there is nothing.</summary>
    private bool TryTake(out byte[] bytes, out int length)
    {
        TaskCompletionSource? room;
        lock (gate)
        {
            (bytes, length, room) = (_waiting, _length, _room);
            (_waiting, _length, _room) = ([], 0, null);
            _isWriting = length > 0;
        }

        room?.TrySetResult();
        return length > 0;
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

using System.Collections.Concurrent;
using Validation.Load.Workers.Protocol;

namespace Validation.Load.Workers.Working;

/// <summary>The worker's end of the tunnel to sockets that only the controller can reach.</summary>
internal sealed class Tunnel
{
    private readonly ConcurrentDictionary<int, (TunnelStream Stream, TaskCompletionSource Opened)> _streams = new();
    private readonly FrameConnection _connection;
    private int _last;

    /// <summary>Creates the end.</summary>
    /// <param name="connection">The connection to the controller.</param>
    public Tunnel(FrameConnection connection) => _connection = connection;

    /// <summary>Opens a connection to the private socket of a SPIRE server.</summary>
    /// <param name="server">The server's node.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">The controller could not open it.</exception>
    public async ValueTask<Stream> DialAsync(string server, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _last);
        var opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stream = new TunnelStream(_connection, number, () => _streams.TryRemove(number, out _));
        _streams[number] = (stream, opened);
        _connection.Send(new TunnelDial(number, server));
        try
        {
            await opened.Task.WaitAsync(cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>The controller has opened a connection.</summary>
    /// <param name="number">Its number.</param>
    public void Opened(int number)
    {
        if (_streams.TryGetValue(number, out var open))
        {
            open.Opened.TrySetResult();
        }
    }

    /// <summary>Bytes came for a connection.</summary>
    /// <param name="payload">The frame's payload.</param>
    public void Deliver(ReadOnlyMemory<byte> payload)
    {
        var (number, bytes) = TunnelStream.Split(payload);
        if (_streams.TryGetValue(number, out var open))
        {
            open.Stream.Deliver(bytes.Span);
        }
    }

    /// <summary>A connection is closed, or could not be opened.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="problem">Why.</param>
    public void Closed(int number, string? problem)
    {
        if (_streams.TryRemove(number, out var open))
        {
            open.Opened.TrySetException(new IOException(problem ?? "The controller closed the connection."));
            open.Stream.End(problem);
        }
    }

    /// <summary>The connection to the controller is gone, and all that went through it.</summary>
    public void Break()
    {
        foreach (var number in _streams.Keys)
        {
            Closed(number, "The controller is gone.");
        }
    }
}

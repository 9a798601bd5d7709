using System.Collections.Concurrent;
using System.Net.Sockets;
using Validation.Core.Stacks;
using Validation.Load.Workers.Protocol;

namespace Validation.Load.Workers.Controlling;

/// <summary>The controller's end of the tunnel: opens the private sockets of SPIRE servers for a worker.</summary>
internal sealed class TunnelHost
{
    private readonly ConcurrentDictionary<int, TunnelStream> _streams = new();
    private readonly FrameConnection _connection;
    private readonly Func<IReadOnlyList<SpireServerAccess>> _servers;

    /// <summary>Creates the end.</summary>
    /// <param name="connection">The connection to the worker.</param>
    /// <param name="servers">Returns the servers that the worker may reach.</param>
    public TunnelHost(FrameConnection connection, Func<IReadOnlyList<SpireServerAccess>> servers) => (_connection, _servers) = (connection, servers);

    /// <summary>Opens a connection and carries bytes both ways until one side closes.</summary>
    /// <param name="dial">What the worker asked for.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    public async Task CarryAsync(TunnelDial dial, CancellationToken cancellationToken)
    {
        try
        {
            var server = _servers().FirstOrDefault(server => server.Node.Name == dial.Server)
                ?? throw new IOException($"There is no SPIRE server '{dial.Server}'.");
            await using var socket = await server.DialAdmin(cancellationToken);
            await using var tunnel = new TunnelStream(_connection, dial.Connection, () => _streams.TryRemove(dial.Connection, out _));
            _streams[dial.Connection] = tunnel;
            _connection.Send(new TunnelOpen(dial.Connection));
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task[] ways = [socket.CopyToAsync(tunnel, ended.Token), tunnel.CopyToAsync(socket, ended.Token)];
            await Task.WhenAny(ways);
            await ended.CancelAsync();
            await Task.WhenAll(ways).ContinueWith(_ => { }, TaskScheduler.Default);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or Core.HarnessException)
        {
            _connection.Send(new TunnelClosed(dial.Connection, error.Message));
        }
    }

    /// <summary>Bytes came from the worker.</summary>
    /// <param name="payload">The frame's payload.</param>
    public void Deliver(ReadOnlyMemory<byte> payload)
    {
        var (number, bytes) = TunnelStream.Split(payload);
        if (_streams.TryGetValue(number, out var stream))
        {
            stream.Deliver(bytes.Span);
        }
    }

    /// <summary>The worker has closed a connection.</summary>
    /// <param name="number">Its number.</param>
    public void Closed(int number)
    {
        if (_streams.TryRemove(number, out var stream))
        {
            stream.End(null);
        }
    }

    /// <summary>The worker is gone, and all connections with it.</summary>
    public void Break()
    {
        foreach (var number in _streams.Keys)
        {
            Closed(number);
        }
    }
}

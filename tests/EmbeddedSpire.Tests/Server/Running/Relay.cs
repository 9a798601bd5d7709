using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>Stands before a database, passes on what goes through, and breaks in the ways in which databases break.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly string _target;
    private readonly ConcurrentDictionary<Socket, Socket> _pairs = new();
    private readonly ConcurrentBag<Task> _copies = [];
    private TcpListener? _listener;
    private TaskCompletionSource _flow = Flowing();

    public Relay(TestDatabase database)
    {
        _target = database.SocketFile;
        Address = new IPEndPoint(Loopback.Next(), 5432);
        Restore();
    }

    public IPEndPoint Address { get; }

    /// <summary>Gets how many connections are open.</summary>
    public int Connections => _pairs.Count;

    /// <summary>Ends all connections and refuses new ones, as when the database is stopped.</summary>
    public void Refuse()
    {
        _listener?.Dispose();
        _listener = null;
        Cut();
    }

    /// <summary>Ends all connections, as when the database is restarted.</summary>
    public void Cut()
    {
        foreach (var (inner, outer) in _pairs)
        {
            inner.Dispose();
            outer.Dispose();
        }
    }

    /// <summary>Lets nothing through any more but keeps all connections and accepts new ones, as when the database's machine hangs.</summary>
    public void Hang() => _flow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Works again.</summary>
    public void Restore()
    {
        _flow.TrySetResult();
        _flow = Flowing();
        if (_listener is null)
        {
            _listener = new TcpListener(Address);
            _listener.Start();
            _copies.Add(AcceptAsync(_listener));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Refuse();
        _flow.TrySetResult();
        await Task.WhenAll(_copies);
    }

    private static TaskCompletionSource Flowing()
    {
        var flow = new TaskCompletionSource();
        flow.SetResult();
        return flow;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var inner = await listener.AcceptSocketAsync();
                _copies.Add(ConnectAsync(inner));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The listener was closed.
        }
    }

    private async Task ConnectAsync(Socket inner)
    {
        var outer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await _flow.Task;
            await outer.ConnectAsync(new UnixDomainSocketEndPoint(_target));
            _pairs[inner] = outer;
            await Task.WhenAll(CopyAsync(inner, outer), CopyAsync(outer, inner));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // One side is gone, or we cut the connection.
        }
        finally
        {
            inner.Dispose();
            outer.Dispose();
            _pairs.TryRemove(inner, out _);
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            while (await from.ReceiveAsync(buffer) is var count and > 0)
            {
                await _flow.Task;
                await to.SendAsync(buffer.AsMemory(0, count));
            }
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}

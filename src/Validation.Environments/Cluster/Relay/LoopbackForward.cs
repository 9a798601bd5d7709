using System.Net;
using System.Net.Sockets;

namespace Validation.Environments.Cluster.Relay;

/// <summary>A port on this machine's loopback for libraries that cannot be handed a connection, only an address.</summary>
internal sealed class LoopbackForward : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<CancellationToken, ValueTask<Stream>> _dial;
    private readonly TimeProvider _time;
    private readonly Task _serving;

    /// <summary>Begins to listen at any free port.</summary>
    /// <param name="dial">Opens the connection to which each one that is accepted leads.</param>
    /// <param name="time">The clock.</param>
    public LoopbackForward(Func<CancellationToken, ValueTask<Stream>> dial, TimeProvider time)
    {
        (_dial, _time) = (dial, time);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _serving = ServeAsync();
    }

    /// <summary>Gets where to connect to.</summary>
    public IPEndPoint LocalEndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _serving;
        _listener.Dispose();
        _ended.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_ended.Token);
                connections.RemoveAll(connection => connection.IsCompleted);
                connections.Add(JoinAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task JoinAsync(Socket client)
    {
        client.NoDelay = true;
        await using var near = new NetworkStream(client, ownsSocket: true);
        try
        {
            await using var far = await _dial(_ended.Token);
            await Splice.RunAsync(near, far, _time, _ended.Token);
        }
        catch (Exception error) when (error is IOException or SocketException or HarnessException or OperationCanceledException)
        {
            // The one who dialled sees its connection close, as it would without us.
        }
    }
}

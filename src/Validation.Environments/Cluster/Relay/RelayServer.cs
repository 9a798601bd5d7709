using System.Net;
using System.Net.Sockets;

namespace Validation.Environments.Cluster.Relay;

/// <summary>
/// Runs in a pod and opens connections from there on the harness' behalf, so that the load's packets begin in the pod
/// network, where the network faults act. It listens on the pod's loopback alone; only a port-forward leads to it.
/// </summary>
internal sealed class RelayServer : IDisposable
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(30);

    // Both protocols that are relayed, HTTP/2 and PostgreSQL's, end when either side does.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly TimeProvider _time;

    /// <summary>Begins to listen.</summary>
    /// <param name="port">The port on the loopback; 0 for any that is free.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="HarnessException">The port is taken.</exception>
    public RelayServer(int port, TimeProvider time)
    {
        _time = time;
        try
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _listener.Listen(backlog: 512);
        }
        catch (SocketException error)
        {
            _listener.Dispose();
            throw new HarnessException(ExitCode.EnvironmentFailed, $"127.0.0.1:{port}: the relay cannot listen there. {error.Message}.", innerException: error);
        }
    }

    /// <summary>Gets the port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Serves until it is cancelled.</summary>
    /// <param name="cancellationToken">Ends the serving and every connection.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(cancellationToken);
                connections.RemoveAll(connection => connection.IsCompleted);
                connections.Add(ServeAsync(client, cancellationToken));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        client.NoDelay = true;
        await using var near = new NetworkStream(client, ownsSocket: false);
        try
        {
            await using var far = await OpenAsync(near, cancellationToken);
            if (far is not null)
            {
                await JoinAsync(near, far, cancellationToken);
            }
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            // The harness hung up, or the relay ends; nobody is left who could be told.
        }

        // A relay that is told to end must not keep its pod: nothing comes through a port-forward to it any more.
        await HangUp.LastAsync(client, _time, cancellationToken);
    }

    private static async Task JoinAsync(NetworkStream near, Stream far, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var there = Splice.CarryAsync(near, far, ended.Token);
        var back = Pieces.SendAsync(far, near, ended.Token);
        await Task.WhenAny(there, back);

        // The harness hangs up when it is told that the other side has; that one gets as long when it is the harness.
        ended.CancelAfter(Linger);
        await Task.WhenAll(there, back);
    }

    private static async Task<Stream?> OpenAsync(NetworkStream near, CancellationToken cancellationToken)
    {
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        asking.CancelAfter(AskLimit);
        if (await RelayProtocol.ReadLineAsync(near, asking.Token) is not { } line)
        {
            return null;
        }

        if (RelayProtocol.Parse(line) is not { } target)
        {
            await AnswerAsync(near, $"{RelayProtocol.Failed}'{line}' is neither 'tcp ADDRESS:PORT' nor 'unix /PATH'", cancellationToken);
            return null;
        }

        return await DialAsync(near, target, cancellationToken);
    }

    private static async Task<Stream?> DialAsync(NetworkStream near, EndPoint target, CancellationToken cancellationToken)
    {
        var socket = default(Socket);
        try
        {
            socket = Make(target);
            var reason = await ConnectAsync(socket, target, near.Socket, cancellationToken);
            await AnswerAsync(near, reason is null ? RelayProtocol.Ok : RelayProtocol.Failed + reason, cancellationToken);
            if (reason is not null)
            {
                return null;
            }

            var far = new NetworkStream(socket, ownsSocket: true);
            socket = null;
            return far;
        }
        catch (SocketException error)
        {
            // Out of descriptors, no such family: whoever asks is told, because silence would mean that there is no relay.
            await AnswerAsync(near, RelayProtocol.Failed + error.Message, cancellationToken);
            return null;
        }
        finally
        {
            socket?.Dispose();
        }
    }

    private static ValueTask AnswerAsync(NetworkStream near, string answer, CancellationToken cancellationToken) =>
        Pieces.SendOneAsync(RelayProtocol.Line(answer), near, cancellationToken);

    private static Socket Make(EndPoint target) => target is IPEndPoint
        ? new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
        : new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);

    /// <returns>Why it did not get through; null when it did.</returns>
    private static async Task<string?> ConnectAsync(Socket socket, EndPoint target, Socket client, CancellationToken cancellationToken)
    {
        using var dialling = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        dialling.CancelAfter(DialLimit);
        // Behind a cut link a dial does not end by itself; it must not outlive the one who asked for it.
        var hangUp = CancelOnHangUpAsync(client, dialling);
        try
        {
            await socket.ConnectAsync(target, dialling.Token);
            return null;
        }
        catch (SocketException refusal)
        {
            // The platform has no better word for it than 'Cannot assign requested address'.
            return target is UnixDomainSocketEndPoint && !File.Exists($"{target}") ? $"there is no socket {target}" : refusal.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {Duration.Format(DialLimit)}";
        }
        finally
        {
            await dialling.CancelAsync();
            await hangUp;
        }
    }

    private static async Task CancelOnHangUpAsync(Socket client, CancellationTokenSource dialling)
    {
        try
        {
            // The client says nothing until it has its answer, so there is nothing to see but its end.
            if (await client.ReceiveAsync(new byte[1], SocketFlags.Peek, dialling.Token) == 0)
            {
                await dialling.CancelAsync();
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            // Connected meanwhile; or the next write will tell.
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Network;

/// <summary>Opens a TCP connection from one node to another and tells what came of it.</summary>
internal static class ConnectionProbe
{
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ResetLimit = TimeSpan.FromMilliseconds(200);

    /// <summary>Opens the connection, sends a byte, and waits 200 ms for a reset.</summary>
    /// <param name="from">The node that opens it.</param>
    /// <param name="to">The node that is called.</param>
    /// <param name="port">The port of its service; null for somebody who listens for this alone.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<ConnectionOutcome> TryAsync(NodeNamespace from, NodeNamespace to, int? port, CancellationToken cancellationToken)
    {
        using var listener = to.CreateSocket(SocketType.Stream, ProtocolType.Tcp);
        if (port is null)
        {
            listener.Bind(new IPEndPoint(to.Address, 0));
            listener.Listen();
        }

        using var socket = from.CreateSocket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            limit.CancelAfter(OpenLimit);
            await socket.ConnectAsync(new IPEndPoint(to.Address, port ?? ((IPEndPoint)listener.LocalEndPoint!).Port), limit.Token);
            limit.CancelAfter(ResetLimit);
            await socket.SendAsync(new byte[1], limit.Token);
            await socket.ReceiveAsync(new byte[1], limit.Token);
            return ConnectionOutcome.Works;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => ConnectionOutcome.Refused,
                SocketError.ConnectionReset or SocketError.Shutdown => ConnectionOutcome.Reset,
                _ => ConnectionOutcome.Silent,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A service has no reason to answer a single byte.
            return socket.Connected ? ConnectionOutcome.Works : ConnectionOutcome.Silent;
        }
    }
}

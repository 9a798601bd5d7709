using System.Net;
using System.Net.Sockets;

namespace Validation.Environments.Local.Network;

/// <summary>Opens a TCP connection between two nodes, closes it at one end and tells when the other end saw that.</summary>
internal static class CloseProbe
{
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(2);

    /// <summary>Measures it once.</summary>
    /// <param name="from">The node that opens and closes.</param>
    /// <param name="to">The node that sees it.</param>
    /// <param name="port">The port of the connection at one of the ends; null for any.</param>
    /// <param name="patience">How long the end is waited for.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Null when no connection was opened, or its end not seen in time.</returns>
    public static async Task<TimeSpan?> MeasureAsync(
        NodeNamespace from, NodeNamespace to, int? port, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            using var listener = to.CreateSocket(SocketType.Stream, ProtocolType.Tcp);
            using var closing = from.CreateSocket(SocketType.Stream, ProtocolType.Tcp);
            // A node's own service holds the port at one of the ends.
            if (!TryListen(listener, to.Address, port ?? 0))
            {
                closing.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                closing.Bind(new IPEndPoint(from.Address, port!.Value));
                TryListen(listener, to.Address, 0);
            }

            limit.CancelAfter(OpenLimit);
            await closing.ConnectAsync(listener.LocalEndPoint!, limit.Token);
            using var open = await listener.AcceptAsync(limit.Token);

            limit.CancelAfter(patience);
            var begun = time.GetTimestamp();
            closing.Shutdown(SocketShutdown.Send);
            await open.ReceiveAsync(new byte[1], limit.Token);
            return time.GetElapsedTime(begun);
        }
        catch (Exception error) when (error is SocketException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private static bool TryListen(Socket listener, IPAddress address, int port)
    {
        try
        {
            listener.Bind(new IPEndPoint(address, port));
            listener.Listen();
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse && port != 0)
        {
            return false;
        }
    }
}

using System.Net.Sockets;

namespace Validation.Environments.Cluster.Relay;

/// <summary>Closes connections that lead through a port-forward: the harness first, the relay last.</summary>
/// <remarks>
/// A socket that is closed with bytes unread answers the next ones with a reset. On the way through a container runtime
/// that is an error of the whole port-forward: kubectl ends it, and with it every other connection of the pod.
/// </remarks>
internal static class HangUp
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Says that nothing more will be sent, reads what is still on its way, and closes.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="time">The clock; the other side has five seconds to close too.</param>
    /// <param name="cancellationToken">Closes at once.</param>
    public static async Task FirstAsync(Socket socket, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }

        await LastAsync(socket, time, cancellationToken);
    }

    /// <summary>Reads what still comes until the other side hangs up, and closes.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="time">The clock; the other side has five seconds to hang up.</param>
    /// <param name="cancellationToken">Closes at once.</param>
    public static async Task LastAsync(Socket socket, TimeProvider time, CancellationToken cancellationToken)
    {
        using (socket)
        {
            using var limit = new CancellationTokenSource(Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            var unread = new byte[4096];
            try
            {
                while (await socket.ReceiveAsync(unread, SocketFlags.None, either.Token) > 0)
                {
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // It is gone already, or it does not want to hear.
            }
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Spire.Wire.Grpc.Client;

/// <summary>The usual ways to open a connection.</summary>
public static class Dialer
{
    /// <summary>Dials a TCP address.</summary>
    /// <param name="endPoint">An address or a name with a port.</param>
    public static Func<CancellationToken, ValueTask<Stream>> Tcp(EndPoint endPoint) =>
        // Small messages go out at once: an answer that waits for Nagle's algorithm would be measured as the server's.
        cancellationToken => ConnectAsync(new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, endPoint, cancellationToken);

    /// <summary>Dials a Unix socket.</summary>
    /// <param name="path">The path of the socket.</param>
    public static Func<CancellationToken, ValueTask<Stream>> Unix(string path) =>
        cancellationToken => ConnectAsync(
            new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path), cancellationToken);

    private static async ValueTask<Stream> ConnectAsync(Socket socket, EndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

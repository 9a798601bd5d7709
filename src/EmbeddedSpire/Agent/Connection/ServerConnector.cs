using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>Opens connections to servers, up to the point where calls can be made.</summary>
internal sealed class ServerConnector
{
    private readonly ServerAddress _server;
    private readonly Func<ServerTrust> _trust;

    /// <summary>Creates the connector.</summary>
    /// <param name="server">The server; when it is a name, TLS says it.</param>
    /// <param name="trust">Asked again for each connection, so that a new SVID or bundle is used from the next one on.</param>
    public ServerConnector(ServerAddress server, Func<ServerTrust> trust) => (_server, _trust) = (server, trust);

    /// <summary>Gets what requests call the server.</summary>
    public string Authority => _server.Authority;

    /// <summary>Opens a connection.</summary>
    /// <param name="address">One of the server's addresses.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="DialException">It failed, or was ended.</exception>
    public async Task<ReadyStream> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var stream = new ReadyStream(await DialAsync(address, cancellationToken));
        try
        {
            await HandshakeAsync(stream, cancellationToken);
            await BeginAsync(stream, cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static async Task<NetworkStream> DialAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            throw DialException.OfSocket(address, failure);
        }
    }

    private async Task HandshakeAsync(ReadyStream stream, CancellationToken cancellationToken)
    {
        try
        {
            var tls = _trust().Tls();
            tls.TargetHost = _server.IsLiteral(out _) ? string.Empty : _server.Host;
            await stream.AuthenticateAsClientAsync(tls, cancellationToken);
            if (stream.NegotiatedApplicationProtocol != SslApplicationProtocol.Http2)
            {
                throw new AuthenticationException("credentials: cannot check peer: missing selected ALPN property");
            }
        }
        catch (Exception failure) when (failure is not DialException)
        {
            throw DialException.OfHandshake(failure);
        }
    }

    private static async Task BeginAsync(ReadyStream stream, CancellationToken cancellationToken)
    {
        try
        {
            await stream.BeginAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is not DialException)
        {
            throw DialException.OfPreface(failure);
        }
    }
}

using System.Net.Security;
using System.Security.Authentication;

namespace Spire.Wire.Grpc.Client;

/// <summary>Opens and keeps a channel's connections: HTTP/2 only, with prior knowledge when there is no TLS.</summary>
internal static class Connections
{
    public static HttpMessageInvoker Open(GrpcChannelOptions options) => new(new SocketsHttpHandler
    {
        ConnectCallback = (_, cancellationToken) => ConnectAsync(options, cancellationToken),
        ConnectTimeout = options.ConnectTimeout,
        EnableMultipleHttp2Connections = options.SeveralConnections,
        PooledConnectionLifetime = options.ConnectionAge,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        KeepAlivePingDelay = options.PingAfter,
        KeepAlivePingTimeout = options.PingTimeout,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,

        // Everything else that a browser would need and a measuring instrument must not have.
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
    });

    private static async ValueTask<Stream> ConnectAsync(GrpcChannelOptions options, CancellationToken cancellationToken)
    {
        var stream = await options.Dial(cancellationToken);
        if (options.Tls is null || stream is SslStream)
        {
            return stream;
        }

        // The handler takes a stream that is an SslStream as it is. Doing the handshake here lets each connection have its
        // own certificate, and lets the chain go with it.
        var secure = new SslStream(stream);
        try
        {
            var tls = options.Tls();
            tls.ApplicationProtocols ??= [SslApplicationProtocol.Http2];
            tls.TargetHost ??= NameIn(options.Authority);
            await secure.AuthenticateAsClientAsync(tls, cancellationToken);
            return secure.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2
                ? secure
                : throw new AuthenticationException("The server does not speak HTTP/2: it did not agree on the protocol 'h2'.");
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }

    private static string NameIn(string authority) =>
        new Uri($"https://{authority}") is { HostNameType: UriHostNameType.Dns } uri ? uri.Host : string.Empty;
}

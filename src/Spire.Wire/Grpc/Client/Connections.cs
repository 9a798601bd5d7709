using System.Net.Security;
using System.Security.Authentication;

namespace Spire.Wire.Grpc.Client;

/// <summary>Opens and keeps a channel's connections: HTTP/2 only, with prior knowledge when there is no TLS.</summary>
internal sealed class Connections : IDisposable
{
    private readonly GrpcChannelOptions _options;
    private readonly HttpMessageInvoker _http;
    private volatile Exception? _refusal;

    public Connections(GrpcChannelOptions options)
    {
        _options = options;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = (_, cancellationToken) => ConnectAsync(cancellationToken),
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
    }

    /// <summary>Sends a request and returns when the headers of its answer are here.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _http.SendAsync(request, cancellationToken);

    /// <summary>Returns a failure with the reason that the HTTP client has lost, if that is what happened.</summary>
    public Exception Clarify(Exception failure) =>
        failure is HttpRequestException request && request.GetBaseException() is ObjectDisposedException && _refusal is { } refusal
            ? new HttpRequestException(request.HttpRequestError, request.Message, refusal)
            : failure;

    public void Dispose() => _http.Dispose();

    private async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var stream = await _options.Dial(cancellationToken);
        if (_options.Tls is null || stream is SslStream)
        {
            return stream;
        }

        // The HTTP client takes a stream that is an SslStream as it is. Doing the handshake here lets each connection have its
        // own certificate, and lets the chain go with it.
        _refusal = null;
        var secure = new TlsStream(stream, refusal => _refusal = refusal);
        try
        {
            var tls = _options.Tls();
            tls.ApplicationProtocols ??= [SslApplicationProtocol.Http2];
            tls.TargetHost ??= NameIn(_options.Authority);
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

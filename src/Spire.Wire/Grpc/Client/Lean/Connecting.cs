using System.Net.Security;
using System.Security.Authentication;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>Opens what a connection runs on: the dialled stream, and TLS that agreed on HTTP/2.</summary>
internal static class Connecting
{
    /// <summary>Dials, and shakes hands.</summary>
    /// <exception cref="IOException">There is no connection.</exception>
    /// <exception cref="AuthenticationException">One of the two refused the other.</exception>
    public static async Task<Stream> OpenAsync(GrpcChannelOptions options, CancellationToken cancellationToken)
    {
        var stream = await options.Dial(cancellationToken);
        if (options.Tls is null)
        {
            return stream;
        }

        IdleTls.HoldNoBuffers();
        var secure = new SslStream(stream);
        try
        {
            var tls = options.Tls();
            tls.ApplicationProtocols ??= [SslApplicationProtocol.Http2];
            tls.TargetHost ??= string.Empty;
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
}

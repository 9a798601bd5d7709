using System.Net.Security;

namespace Spire.Wire.Grpc.Client;

/// <summary>How a channel reaches its server.</summary>
public sealed record GrpcChannelOptions
{
    /// <summary>Gets what opens a connection, before TLS: see <see cref="Dialer"/>. The channel disposes of the stream.</summary>
    /// <value>An <see cref="SslStream"/> has done its handshake already and agreed on the protocol <c>h2</c>: it is used as it is.</value>
    public required Func<CancellationToken, ValueTask<Stream>> Dial { get; init; }

    /// <summary>Gets what the server is called in requests and, when it is a DNS name, in TLS (SNI).</summary>
    /// <value>A host with an optional port. Defaults to <c>localhost</c>, as grpc-go calls the other end of a Unix socket.</value>
    public string Authority { get; init; } = "localhost";

    /// <summary>Gets the TLS of a new connection; null means cleartext.</summary>
    /// <value>
    /// Asked again for every connection, so a renewed certificate is used from the next connection on. See
    /// <see cref="Certificates.SvidTls"/>. The channel adds the protocol <c>h2</c>.
    /// </value>
    public Func<SslClientAuthenticationOptions>? Tls { get; init; }

    /// <summary>Gets how long opening a connection may take, TLS included.</summary>
    /// <value>More than zero. Defaults to 20 s, like grpc-go.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets the age at which a connection is replaced by a new one; calls that run on it finish.</summary>
    /// <value>More than zero. Never, by default. A server's GOAWAY has the same effect at any age.</value>
    public TimeSpan ConnectionAge { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Gets the silence after which the channel asks by an HTTP/2 ping whether the server is there, while calls run.</summary>
    /// <value>
    /// At least 1 s. Never, by default: grpc-go servers end connections whose pings come more often than once in 5 min. Without
    /// pings a peer that vanished silently is noticed by timeouts of calls only.
    /// </value>
    public TimeSpan PingAfter { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Gets how long the answer to a ping may take.</summary>
    /// <value>At least 1 s. Defaults to 20 s.</value>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets whether the channel may open another connection when the server allows no more calls on those it has.</summary>
    /// <value>False by default: calls wait for their turn.</value>
    public bool SeveralConnections { get; init; }

    /// <summary>Gets the size of the longest message that is accepted.</summary>
    /// <value>Bytes. Defaults to 4 MiB.</value>
    public int MaxMessageSize { get; init; } = Frame.DefaultMaxMessageSize;

    /// <summary>Gets what the channel calls itself.</summary>
    /// <value>Defaults to <c>spire-wire</c>.</value>
    public string UserAgent { get; init; } = "spire-wire";

    /// <summary>Gets the clock of the calls' timeouts. Connections have the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Spire.Wire.Grpc.Server;

/// <summary>What a server serves, and where.</summary>
public sealed record GrpcServerOptions
{
    /// <summary>Gets where it listens: an <see cref="IPEndPoint"/> (port 0 lets the system choose) or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.</summary>
    public required EndPoint Listen { get; init; }

    /// <summary>Gets its methods.</summary>
    public required GrpcHandlers Handlers { get; init; }

    /// <summary>Gets the TLS of a new connection; null means cleartext.</summary>
    /// <value>Asked again for every connection. See <see cref="Certificates.SvidTls"/>.</value>
    public Func<SslServerAuthenticationOptions>? Tls { get; init; }

    /// <summary>Gets the TLS of a new connection where finding it takes time, such as reading a bundle; takes the place of <see cref="Tls"/>.</summary>
    /// <value>Asked again for every connection, after the client's hello. The time it takes is part of the handshake's.</value>
    public Func<CancellationToken, ValueTask<ServerTls>>? TlsAsync { get; init; }

    /// <summary>Gets how long a TLS handshake may take.</summary>
    /// <value>More than zero. Defaults to 120 s, like grpc-go.</value>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Gets what stands around every call; the first is the outermost.</summary>
    public IReadOnlyList<GrpcInterceptor> Interceptors { get; init; } = [];

    /// <summary>Gets the age at which clients are asked to connect anew; null means never.</summary>
    public ConnectionAge? ConnectionAge { get; init; }

    /// <summary>Gets the size of the longest message that is accepted.</summary>
    /// <value>Bytes. Defaults to 4 MiB.</value>
    public int MaxMessageSize { get; init; } = Frame.DefaultMaxMessageSize;

    /// <summary>Gets what is done with a new connection before TLS, such as reading a PROXY header.</summary>
    public Action<ListenOptions>? BeforeTls { get; init; }

    /// <summary>Gets who is told of a handler's exception that is not a <see cref="GrpcException"/>; its client gets <see cref="StatusCode.Unknown"/>.</summary>
    public Action<ServerCall, Exception> Unexpected { get; init; } = (_, _) => { };

    /// <summary>Gets the clock of deadlines and connection ages.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

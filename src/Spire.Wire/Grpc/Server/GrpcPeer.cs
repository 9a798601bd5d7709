using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Spire.Wire.Grpc.Server;

/// <summary>The other end of a connection. All calls of a connection have the same one.</summary>
public sealed class GrpcPeer
{
    private static readonly object Key = new();

    internal GrpcPeer(ConnectionContext connection)
    {
        Remote = connection.RemoteEndPoint;
        Local = connection.LocalEndPoint;
        ConnectionId = connection.ConnectionId;
        Certificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        Credentials = connection.Features.Get<IConnectionSocketFeature>() is { } feature ? UnixCredentials.Of(feature.Socket) : null;
        connection.Items[Key] = this;
    }

    /// <summary>Gets where the connection comes from; null or without meaning on a Unix socket.</summary>
    public EndPoint? Remote { get; }

    /// <summary>Gets which of our addresses it came to.</summary>
    public EndPoint? Local { get; }

    /// <summary>Gets a name for the connection that no other has in this process.</summary>
    public string ConnectionId { get; }

    /// <summary>Gets the certificate that the client proved to have the key of; null without TLS or when it sent none.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>Gets the process at the other end; null on anything but a Unix socket of Linux.</summary>
    public UnixCredentials? Credentials { get; }

    /// <inheritdoc/>
    public override string ToString() => Credentials is { } process ? $"process {process.ProcessId}" : $"{Remote}";

    internal static GrpcPeer Of(IFeatureCollection features) =>
        features.Get<IConnectionItemsFeature>()?.Items[Key] as GrpcPeer
        ?? throw new InvalidOperationException("The connection was not prepared for gRPC.");
}

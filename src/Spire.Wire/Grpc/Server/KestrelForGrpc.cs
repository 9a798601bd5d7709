using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Spire.Wire.Grpc.Server;

/// <summary>Kestrel as gRPC needs it: streams that are silent for hours are normal, and so are a thousand of them on a connection.</summary>
internal static class KestrelForGrpc
{
    // Room for SPIRE's larger answers without waiting for window updates.
    private const int WindowSize = 1024 * 1024;

    private static readonly object MayGoOnKey = new();

    // Not infinite: Kestrel 10 adds the current time to it, overflows, and closes connections without calls within a second.
    private static readonly TimeSpan VeryLong = TimeSpan.FromDays(365);

    /// <summary>Lifts the limits that are meant for browsers.</summary>
    /// <param name="kestrel">The server.</param>
    public static void LiftLimits(this KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        // A caller that has done TLS by itself says "http"; like grpc-go, we do not look at it.
        kestrel.AllowAlternateSchemes = true;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.KeepAliveTimeout = VeryLong;
        kestrel.Limits.Http2.MaxStreamsPerConnection = int.MaxValue;
        kestrel.Limits.Http2.InitialConnectionWindowSize = WindowSize;
        kestrel.Limits.Http2.InitialStreamWindowSize = WindowSize;
    }

    /// <summary>Makes an endpoint speak HTTP/2 only, with prior knowledge when there is no TLS, and prepares its connections.</summary>
    /// <param name="endPoint">The endpoint.</param>
    /// <param name="options">What to serve.</param>
    public static void UseGrpc(this ListenOptions endPoint, GrpcServerOptions options)
    {
        endPoint.Protocols = HttpProtocols.Http2;
        options.BeforeTls?.Invoke(endPoint);
        if (TlsOf(options) is { } tls)
        {
            endPoint.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = async handshake =>
                {
                    var chosen = await tls(handshake.CancellationToken);
                    handshake.Connection.Items[MayGoOnKey] = chosen.MayGoOn;
                    return chosen.Options;
                },
                HandshakeTimeout = options.HandshakeTimeout,
            });
        }

        // After TLS, because the peer's certificate belongs to the peer.
        endPoint.Use(next => connection => ServeAsync(connection, next, options));
    }

    private static Func<CancellationToken, ValueTask<ServerTls>>? TlsOf(GrpcServerOptions options) =>
        options.TlsAsync ?? (options.Tls is { } tls ? _ => ValueTask.FromResult(new ServerTls(tls())) : null);

    private static async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next, GrpcServerOptions options)
    {
        if (connection.Items.TryGetValue(MayGoOnKey, out var item) && item is Func<CancellationToken, ValueTask<bool>> mayGoOn
            && !await MayGoOnAsync(connection, mayGoOn, options))
        {
            return;
        }

        _ = new GrpcPeer(connection);
        using var age = options.ConnectionAge?.Watch(connection, options.Time);
        await next(connection);
    }

    private static async ValueTask<bool> MayGoOnAsync(
        ConnectionContext connection, Func<CancellationToken, ValueTask<bool>> mayGoOn, GrpcServerOptions options)
    {
        var decision = mayGoOn(connection.ConnectionClosed);
        if (decision.IsCompletedSuccessfully)
        {
            return decision.Result;
        }

        try
        {
            return await decision.AsTask().WaitAsync(options.HandshakeTimeout, options.Time, connection.ConnectionClosed);
        }
        catch (Exception gone) when (gone is OperationCanceledException or TimeoutException)
        {
            return false;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Server;

namespace Spire.Wire.Tests.Grpc;

/// <summary>The ways in which SPIRE's clients and servers are connected.</summary>
public enum Wiring
{
    Cleartext,
    MutualTls,
    UnixSocket,
}

/// <summary>A server and a channel to it over a real socket. The server has <see cref="TestService"/>.</summary>
internal sealed class Wired : IAsyncDisposable
{
    public static readonly CallOptions Soon = CallOptions.Within(TimeSpan.FromSeconds(10));

    private readonly DirectoryInfo? _folder;

    private Wired(GrpcServer server, GrpcChannel channel, GrpcChannelOptions options, DirectoryInfo? folder)
    {
        Server = server;
        Channel = channel;
        Options = options;
        _folder = folder;
    }

    public GrpcServer Server { get; }

    public GrpcChannel Channel { get; }

    /// <summary>Gets how the channel was made, for others like it.</summary>
    public GrpcChannelOptions Options { get; }

    public static async Task<Wired> StartAsync(
        Wiring wiring = Wiring.Cleartext,
        TestService? service = null,
        Func<GrpcServerOptions, GrpcServerOptions>? server = null,
        Func<GrpcChannelOptions, GrpcChannelOptions>? channel = null)
    {
        var trust = new TestTrust();
        var folder = wiring == Wiring.UnixSocket ? Directory.CreateTempSubdirectory("spire-wire-") : null;
        var serverOptions = new GrpcServerOptions
        {
            Listen = folder is null ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, "api.sock")),
            Handlers = (service ?? new TestService()).Handlers,
            Tls = wiring == Wiring.MutualTls ? ServerTls(trust, trust.Issue("/spire/server")) : null,
        };
        var started = await GrpcServer.StartAsync(server?.Invoke(serverOptions) ?? serverOptions, CancellationToken.None);
        var channelOptions = new GrpcChannelOptions
        {
            Dial = folder is null ? Dialer.Tcp(started.Address) : Dialer.Unix(started.Address.ToString()!),
            Tls = wiring == Wiring.MutualTls ? ClientTls(trust, trust.Issue("/spire/agent/test")) : null,
        };
        channelOptions = channel?.Invoke(channelOptions) ?? channelOptions;
        return new Wired(started, new GrpcChannel(channelOptions), channelOptions, folder);
    }

    public static Func<System.Net.Security.SslServerAuthenticationOptions> ServerTls(TestTrust trust, X509Svid identity) =>
        () => SvidTls.ForServer(identity, trust.Verifier, id => id.TrustDomain == trust.TrustDomain, TimeProvider.System);

    public static Func<System.Net.Security.SslClientAuthenticationOptions> ClientTls(TestTrust trust, X509Svid? identity) =>
        () => SvidTls.ForClient(id => id == trust.TrustDomain.ServerId, trust.Verifier, identity, TimeProvider.System);

    /// <summary>Makes a call with text each way.</summary>
    public async Task<string> EchoAsync(string text, GrpcChannel? over = null) =>
        (await (over ?? Channel).CallAsync(EntryMethods.GetEntry, new() { Id = text }, Soon, CancellationToken.None)).Id;

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await Server.DisposeAsync();
        _folder?.Delete(recursive: true);
    }
}

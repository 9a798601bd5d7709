using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Spire.Wire.Grpc.Server;

/// <summary>A gRPC server on one address.</summary>
public sealed class GrpcServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private int _stopped;

    private GrpcServer(WebApplication application, EndPoint address) => (_application, Address) = (application, address);

    /// <summary>Gets where it listens, with the port that the system chose.</summary>
    public EndPoint Address { get; }

    /// <summary>Starts a server; it accepts connections when this returns.</summary>
    /// <param name="options">What to serve. A Unix socket that a dead process left behind is replaced.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">The address is in use or not ours.</exception>
    public static async Task<GrpcServer> StartAsync(GrpcServerOptions options, CancellationToken cancellationToken)
    {
        var application = Build(options);
        try
        {
            await application.StartAsync(cancellationToken);
            return new GrpcServer(application, AddressOf(application, options));
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops accepting, sends GOAWAY, waits for calls that run, and closes what is left.</summary>
    /// <param name="grace">How long to wait for calls. SPIRE waits 10 s.</param>
    public async Task StopAsync(TimeSpan grace)
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
        {
            using var patience = new CancellationTokenSource(grace);
            await _application.StopAsync(patience.Token);
        }
    }

    /// <summary>Stops without waiting for calls.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        await _application.DisposeAsync();
    }

    private static WebApplication Build(GrpcServerOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.LiftLimits();
            Listen(kestrel, options);
        });

        // The process decides what signals mean, not one of its servers; and it decides how long a stop may take.
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);

        var application = builder.Build();
        var dispatcher = new GrpcDispatcher(options);
        application.Run(dispatcher.DispatchAsync);
        return application;
    }

    private static void Listen(KestrelServerOptions kestrel, GrpcServerOptions options)
    {
        switch (options.Listen)
        {
            case IPEndPoint address:
                kestrel.Listen(address, endPoint => endPoint.UseGrpc(options));
                break;
            case UnixDomainSocketEndPoint socket:
                File.Delete(socket.ToString());
                kestrel.ListenUnixSocket(socket.ToString(), endPoint => endPoint.UseGrpc(options));
                break;
            default:
                throw new ArgumentException($"A server cannot listen on {options.Listen}; allowed are an IPEndPoint and a UnixDomainSocketEndPoint.", nameof(options));
        }
    }

    private static EndPoint AddressOf(WebApplication application, GrpcServerOptions options)
    {
        if (options.Listen is not IPEndPoint { Port: 0 } wanted)
        {
            return options.Listen;
        }

        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new IPEndPoint(wanted.Address, new Uri(addresses.Single()).Port);
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

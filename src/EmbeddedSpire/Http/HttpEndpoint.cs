using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EmbeddedSpire.Http;

/// <summary>A small HTTP/1.1 server on one address, for health and metrics.</summary>
internal sealed class HttpEndpoint : IAsyncDisposable
{
    private readonly WebApplication _application;

    private HttpEndpoint(WebApplication application) => _application = application;

    /// <summary>Starts to serve; connections are accepted when this returns.</summary>
    /// <param name="address">Where to listen.</param>
    /// <param name="answer">Answers every request.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">The address is in use or not ours.</exception>
    public static async Task<HttpEndpoint> StartAsync(IPEndPoint address, RequestDelegate answer, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(address);
        });
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        var application = builder.Build();
        application.Run(answer);
        try
        {
            await application.StartAsync(cancellationToken);
            return new HttpEndpoint(application);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>Finds the address that a configuration means.</summary>
    /// <param name="host">A host name or address, in brackets or not.</param>
    /// <param name="port">A port.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The name has no address.</exception>
    public static IPEndPoint Resolve(string host, int port)
    {
        var name = host.Trim('[', ']');
        var addresses = IPAddress.TryParse(name, out var literal) ? [literal] : Dns.GetHostAddresses(name);

        // Like Go, which prefers IPv4 when a name has both.
        var address = addresses.OrderBy(one => one.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 0 : 1).First();
        return new IPEndPoint(address, port);
    }

    /// <summary>Reads a port that SPIRE writes as text.</summary>
    public static bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Tests.Local.Supervisor;

public sealed class ProbeTests : IAsyncLifetime
{
    private readonly WebApplication _server;

    public ProbeTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.MapGet("/ready", () => Results.Text("{}"));
        _server.MapGet("/broken", () => Results.Text("the database\nis away", statusCode: 500));
        _server.MapGet("/metrics", () => Results.Text("# TYPE spire_server_started gauge\nspire_server_started{host=\"a\",trust_domain_id=\"b\",version=\"1.15.3\"} 1\n"));
        _server.MapGet("/slow", async () => await Task.Delay(TimeSpan.FromSeconds(5)));
    }

    private int Port => new Uri(_server.Urls.First()).Port;

    [Fact]
    public async Task Http_Answers200_Succeeds() => (await TryAsync("/ready")).Should().BeNull();

    [Fact]
    public async Task Http_Answers500_RepeatsTheAnswerInOneLine() =>
        (await TryAsync("/broken")).Should().Be("/broken answers 500 the database is away");

    [Fact]
    public async Task Http_AnswersTooLate_SaysTheLimit() =>
        (await TryAsync("/slow", TimeSpan.FromMilliseconds(200))).Should().Be($"/slow on port {Port} does not answer within 200ms");

    [Fact]
    public async Task Http_NobodyListens_SaysSo() =>
        (await new HttpProbe(IPAddress.Loopback, FreePort(), "/ready").TryAsync(CancellationToken.None)).Should().EndWith("Connection refused");

    [Fact]
    public async Task Version_OfSpire_IsWhatItsMetricsSay() =>
        (await SpireVersion.ReadAsync(IPAddress.Loopback, Port, CancellationToken.None)).Should().Be("1.15.3");

    [Fact]
    public async Task Version_NobodyAnswers_IsNotKnown() =>
        (await SpireVersion.ReadAsync(IPAddress.Loopback, FreePort(), CancellationToken.None)).Should().BeNull();

    [Fact]
    public async Task Tcp_SomebodyListens_Succeeds() =>
        (await new TcpProbe(new IPEndPoint(IPAddress.Loopback, Port)).TryAsync(CancellationToken.None)).Should().BeNull();

    [Fact]
    public async Task Tcp_NobodyListens_SaysSo()
    {
        var port = FreePort();

        (await new TcpProbe(new IPEndPoint(IPAddress.Loopback, port)).TryAsync(CancellationToken.None)).Should().Be($"port {port}: Connection refused");
    }

    public Task InitializeAsync() => _server.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    private Task<string?> TryAsync(string path, TimeSpan? limit = null) =>
        new HttpProbe(IPAddress.Loopback, Port, path, limit ?? TimeSpan.FromSeconds(10)).TryAsync(CancellationToken.None);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

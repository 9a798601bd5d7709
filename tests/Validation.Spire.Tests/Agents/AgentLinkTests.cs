using System.Net;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Server;
using Validation.Spire.Agents;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Agents;

public sealed class AgentLinkTests : IAsyncLifetime
{
    private readonly List<Stream> _dialled = [];
    private GrpcServer? _server;
    private Func<CancellationToken, ValueTask<Stream>>? _dial;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Fact]
    public async Task Connection_ThatTheServerEndsWhileNobodyCalls_IsOpenedAgainAtOnce()
    {
        using var link = await LinkAsync(TimeSpan.FromMilliseconds(200));
        await link.UseAsync(connection => Task.FromResult(connection), CancellationToken.None);

        await UntilAsync(() => Dials == 2);
    }

    [Fact]
    public async Task Connection_OnWhichACallFailed_IsReplacedByTheNextCallAndNotSooner()
    {
        using var link = await LinkAsync();
        var call = () => link.UseAsync<int>(_ => throw new GrpcException(StatusCode.Internal, "no database"), CancellationToken.None);
        await call.Should().ThrowAsync<GrpcException>();
        Dials.Should().Be(1);

        await link.UseAsync(connection => Task.FromResult(connection), CancellationToken.None);

        Dials.Should().Be(2);
    }

    [Fact]
    public async Task UseAsync_CallsAtTheSameTime_ShareOneConnection()
    {
        using var link = await LinkAsync();

        var connections = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => link.UseAsync(connection => Task.FromResult(connection), CancellationToken.None)));

        connections.Distinct().Should().HaveCount(1);
        Dials.Should().Be(1);
    }

    [Fact]
    public async Task UseAsync_NobodyThere_FailsAndTriesAnewWithTheNextCall()
    {
        using var link = await LinkAsync();
        var there = _dial!;
        _dial = Dialer.Tcp(new IPEndPoint(IPAddress.Loopback, 1));
        var call = () => link.UseAsync(connection => Task.FromResult(connection), CancellationToken.None);
        (await call.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.Unavailable);

        _dial = there;

        (await call()).IsUsable.Should().BeTrue();
    }

    private int Dials
    {
        get
        {
            lock (_dialled)
            {
                return _dialled.Count;
            }
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }

    private async Task<AgentLink> LinkAsync(TimeSpan? age = null)
    {
        _server = await GrpcServer.StartAsync(
            new GrpcServerOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Handlers = new GrpcHandlers(),
                ConnectionAge = age is { } limit ? new ConnectionAge(limit, 0, new Random(1)) : null,
            },
            CancellationToken.None);
        _dial = Dialer.Tcp(_server.Address);
        var link = new AgentLink(_ => new GrpcChannelOptions { Dial = DialAsync });
        var now = TimeProvider.System.GetUtcNow();
        link.Show(ScriptedSpire.IssueServer(CertificateAuthority.CreateSelfSigned(ScriptedSpire.Domain, Keys.Create(), now, TimeSpan.FromHours(1)), now));
        return link;
    }

    private async ValueTask<Stream> DialAsync(CancellationToken cancellationToken)
    {
        var stream = await _dial!(cancellationToken);
        lock (_dialled)
        {
            _dialled.Add(stream);
        }

        return stream;
    }
}

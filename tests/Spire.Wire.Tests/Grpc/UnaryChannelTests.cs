using System.Collections.Concurrent;
using System.Net;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Client.Lean;
using Spire.Wire.Grpc.Server;

namespace Spire.Wire.Tests.Grpc;

public sealed class UnaryChannelTests
{
    [Theory]
    [InlineData(Wiring.Cleartext)]
    [InlineData(Wiring.MutualTls)]
    [InlineData(Wiring.UnixSocket)]
    public async Task Calls_ManyAtOnce_ShareOneConnectionAndEachGetsItsAnswer(Wiring wiring)
    {
        var connections = new ConcurrentDictionary<string, bool>();
        await using var wired = await Wired.StartAsync(wiring, Noting(connections));
        using var channel = new UnaryChannel(wired.Options);

        var answers = await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => EchoAsync(channel, $"{i}")));

        answers.Should().Equal(Enumerable.Range(0, 2_000).Select(i => $"{i}"));
        connections.Should().HaveCount(1);
    }

    [Fact]
    public async Task AgedConnection_UnderManyCalls_IsReplacedWithoutAFailure()
    {
        var connections = new ConcurrentDictionary<string, bool>();
        var age = new ConnectionAge(TimeSpan.FromMilliseconds(200), 0.1, new Random(1));
        await using var wired = await Wired.StartAsync(Wiring.MutualTls, Noting(connections), server => server with { ConnectionAge = age });
        using var channel = new UnaryChannel(wired.Options);

        var begin = TimeProvider.System.GetTimestamp();
        while (connections.Count < 3 && TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(10))
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => EchoAsync(channel, "still there")));
        }

        connections.Count.Should().BeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public async Task Server_ThatIsNotThere_IsUnavailableWithTheCause()
    {
        using var channel = new UnaryChannel(new GrpcChannelOptions { Dial = Dialer.Tcp(new IPEndPoint(IPAddress.Loopback, 1)) });

        var failure = (await channel.Awaiting(it => EchoAsync(it, "hello")).Should().ThrowAsync<GrpcException>()).Which;

        failure.Code.Should().Be(StatusCode.Unavailable);
        failure.Status.Message.Should().Contain("Connection refused");
    }

    [Fact]
    public async Task Connection_ThatBreaksUnderACall_IsUnavailableAndTheNextCallDialsAgain()
    {
        Stream? stream = null;
        var service = new TestService
        {
            Unary = async (request, _, cancellationToken) =>
            {
                if (request.Id == "break")
                {
                    await stream!.DisposeAsync();
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                }

                return new Entry { Id = request.Id };
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        using var channel = new UnaryChannel(wired.Options with { Dial = async cancellationToken => stream = await wired.Options.Dial(cancellationToken) });

        var failure = (await channel.Awaiting(it => EchoAsync(it, "break")).Should().ThrowAsync<GrpcException>()).Which;

        failure.Code.Should().Be(StatusCode.Unavailable);
        (await EchoAsync(channel, "again")).Should().Be("again");
    }

    [Fact]
    public async Task Timeout_OfASilentServer_IsDeadlineExceededAndTheConnectionGoesOn()
    {
        var connections = new ConcurrentDictionary<string, bool>();
        await using var wired = await Wired.StartAsync(service: Noting(connections, silentOn: "silence"));
        using var channel = new UnaryChannel(wired.Options);
        var call = () => channel.CallAsync(
            EntryMethods.GetEntry, new() { Id = "silence" }, CallOptions.Within(TimeSpan.FromMilliseconds(100)), CancellationToken.None);

        (await call.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.DeadlineExceeded);

        (await EchoAsync(channel, "again")).Should().Be("again");
        connections.Should().HaveCount(1);
    }

    [Fact]
    public async Task Timeout_WhileDialling_IsDeadlineExceeded()
    {
        using var channel = new UnaryChannel(new GrpcChannelOptions
        {
            Dial = async cancellationToken =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                return Stream.Null;
            },
        });
        var call = () => channel.CallAsync(EntryMethods.GetEntry, new(), CallOptions.Within(TimeSpan.FromMilliseconds(100)), CancellationToken.None);

        (await call.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.DeadlineExceeded);
    }

    [Fact]
    public async Task Caller_WhoGivesUp_IsCancelledOnBothSides()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var givingUp = new CancellationTokenSource();
        var service = new TestService
        {
            Unary = async (_, _, cancellationToken) =>
            {
                cancellationToken.Register(cancelled.SetResult);
                await givingUp.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                return new Entry();
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        using var channel = new UnaryChannel(wired.Options);

        var call = () => channel.CallAsync(EntryMethods.GetEntry, new(), Wired.Soon, givingUp.Token);

        await call.Should().ThrowAsync<OperationCanceledException>();
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Answer_OfTwoMessages_IsNoAnswer()
    {
        var service = new TestService
        {
            Duplex = async (_, responses, _, cancellationToken) =>
            {
                await responses.WriteAsync(new(), cancellationToken);
                await responses.WriteAsync(new(), cancellationToken);
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        using var channel = new UnaryChannel(wired.Options);
        var method = new UnaryMethod<AttestAgentRequest, AttestAgentResponse>(AgentMethods.AttestAgent.Service, AgentMethods.AttestAgent.Name);

        var call = () => channel.CallAsync(method, new(), Wired.Soon, CancellationToken.None);

        (await call.Should().ThrowAsync<GrpcException>()).Which.Status.Message.Should().Contain("more than one response");
    }

    [Fact]
    public async Task Channel_DisposedOf_MakesNoMoreCalls()
    {
        await using var wired = await Wired.StartAsync();
        var channel = new UnaryChannel(wired.Options);
        await EchoAsync(channel, "hello");

        channel.Dispose();

        (await channel.Awaiting(it => EchoAsync(it, "late")).Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.Canceled);
    }

    private static TestService Noting(ConcurrentDictionary<string, bool> connections, string? silentOn = null) => new()
    {
        Unary = async (request, call, cancellationToken) =>
        {
            connections[call.Peer.ConnectionId] = true;
            await (request.Id == silentOn ? Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken) : Task.CompletedTask);
            return new Entry { Id = request.Id };
        },
    };

    private static async Task<string> EchoAsync(UnaryChannel channel, string text) =>
        (await channel.CallAsync(EntryMethods.GetEntry, new() { Id = text }, Wired.Soon, CancellationToken.None)).Id;
}

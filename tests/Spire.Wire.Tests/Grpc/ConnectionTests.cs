using System.Net;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Server;

namespace Spire.Wire.Tests.Grpc;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Server_ThatIsNotThere_IsUnavailableWithTheCause()
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = Dialer.Tcp(new IPEndPoint(IPAddress.Loopback, 1)) });

        var call = () => channel.CallAsync(EntryMethods.GetEntry, new(), Wired.Soon, CancellationToken.None);

        var failure = (await call.Should().ThrowAsync<GrpcException>()).Which;
        failure.Code.Should().Be(StatusCode.Unavailable);
        failure.Status.Message.Should().Contain("Connection refused");
        failure.InnerException.Should().NotBeNull();
    }

    [Fact]
    public async Task Connecting_ThatTakesTooLong_IsUnavailable()
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions
        {
            Dial = async cancellationToken =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                return Stream.Null;
            },
            ConnectTimeout = TimeSpan.FromMilliseconds(100),
        });

        var call = () => channel.CallAsync(EntryMethods.GetEntry, new(), Wired.Soon, CancellationToken.None);

        (await call.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.Unavailable);
    }

    [Fact]
    public async Task DuplexCall_WithoutAServer_FailsForReaderAndWriter()
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = Dialer.Tcp(new IPEndPoint(IPAddress.Loopback, 1)) });
        await using var call = channel.Open(AgentMethods.AttestAgent, Wired.Soon, CancellationToken.None);

        (await call.WriteAsync(TestService.Say("hello"), CancellationToken.None)).Should().BeFalse();
        var read = async () => await call.ReadAsync(CancellationToken.None);

        (await read.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.Unavailable);
    }

    [Fact]
    public async Task Connection_ThatBreaksUnderACall_IsUnavailable()
    {
        Stream? connection = null;
        var service = new TestService
        {
            Unary = async (_, _, cancellationToken) =>
            {
                await connection!.DisposeAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                return new();
            },
        };
        await using var wired = await Wired.StartAsync(
            service: service, channel: options => options with { Dial = async cancellationToken => connection = await options.Dial(cancellationToken) });

        var call = () => wired.EchoAsync("please");

        (await call.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.Unavailable);
    }

    [Fact]
    public async Task AgedConnection_IsReplacedWithoutAFailure_AndItsRunningCallFinishes()
    {
        var connections = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        var goOn = new TaskCompletionSource();
        var service = new TestService
        {
            Unary = (request, call, _) =>
            {
                connections[call.Peer.ConnectionId] = true;
                return Task.FromResult(new Wire.Contracts.Types.Entry { Id = request.Id });
            },
            Stream = async (_, responses, _, cancellationToken) =>
            {
                await responses.WriteAsync(new(), cancellationToken);
                await goOn.Task.WaitAsync(cancellationToken);
                await responses.WriteAsync(new(), cancellationToken);
            },
        };
        var age = new ConnectionAge(TimeSpan.FromMilliseconds(200), 0.1, new Random(1));
        await using var wired = await Wired.StartAsync(Wiring.MutualTls, service, server => server with { ConnectionAge = age });
        await using var running = wired.Channel.Open(HealthMethods.Watch, new(), default, CancellationToken.None);
        await running.ReadAsync(CancellationToken.None);

        var deadline = TimeProvider.System.GetTimestamp();
        while (connections.Count < 3 && TimeProvider.System.GetElapsedTime(deadline) < TimeSpan.FromSeconds(10))
        {
            (await wired.EchoAsync("still there")).Should().Be("still there");
            await Task.Delay(10);
        }

        connections.Count.Should().BeGreaterThanOrEqualTo(3);
        goOn.SetResult();
        (await running.ReadAsync(CancellationToken.None)).Should().NotBeNull();
        (await running.ReadAsync(CancellationToken.None)).Should().BeNull();
    }

    [Fact]
    public void ConnectionAge_VariesByItsJitterAndNotMore()
    {
        var age = new ConnectionAge(TimeSpan.FromMinutes(3), 0.1, new Random(1));

        var drawn = Enumerable.Range(0, 1000).Select(_ => age.Draw().TotalSeconds).ToList();

        drawn.Should().OnlyContain(seconds => seconds >= 162 && seconds <= 198);
        (drawn.Max() - drawn.Min()).Should().BeGreaterThan(34);
    }

    [Fact]
    public async Task ClientSide_ConnectionAge_ReplacesConnections()
    {
        var connections = 0;
        await using var wired = await Wired.StartAsync(channel: options => options with
        {
            ConnectionAge = TimeSpan.FromMilliseconds(100),
            Dial = cancellationToken =>
            {
                Interlocked.Increment(ref connections);
                return options.Dial(cancellationToken);
            },
        });

        await wired.EchoAsync("first");
        await Task.Delay(300);
        await wired.EchoAsync("second");

        connections.Should().Be(2);
    }

    [Fact]
    public async Task DisposedChannel_BeginsNoCallsAndLetsThoseThatRunFinish()
    {
        var began = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        var service = new TestService
        {
            Unary = async (request, _, cancellationToken) =>
            {
                began.TrySetResult();
                await goOn.Task.WaitAsync(cancellationToken);
                return new() { Id = request.Id };
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        var running = wired.EchoAsync("running");
        await began.Task;

        wired.Channel.Dispose();
        var another = () => wired.EchoAsync("another");

        (await another.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.Canceled);
        goOn.SetResult();
        (await running).Should().Be("running");
    }

    [Fact]
    public async Task IdleConnection_IsKept()
    {
        var connections = 0;
        await using var wired = await Wired.StartAsync(channel: options => options with
        {
            Dial = cancellationToken =>
            {
                Interlocked.Increment(ref connections);
                return options.Dial(cancellationToken);
            },
        });

        await wired.EchoAsync("first");
        await Task.Delay(TimeSpan.FromSeconds(2.5));
        await wired.EchoAsync("second");

        connections.Should().Be(1, "Kestrel looks for idle connections every second, and ours may be idle for ever");
    }

    [Fact]
    public async Task GracefulStop_LetsCallsFinishAndRefusesNewOnes()
    {
        var began = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        var service = new TestService
        {
            Unary = async (request, _, cancellationToken) =>
            {
                began.TrySetResult();
                await goOn.Task.WaitAsync(cancellationToken);
                return new() { Id = request.Id };
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        var running = wired.EchoAsync("running");
        await began.Task;

        var stopping = wired.Server.StopAsync(TimeSpan.FromSeconds(10));
        var failure = await FirstFailureAsync(wired);
        goOn.SetResult();

        (await running).Should().Be("running");
        failure.Code.Should().Be(StatusCode.Unavailable);
        await stopping;
    }

    [Fact]
    public async Task ImpatientStop_EndsWhatIsLeft()
    {
        var began = new TaskCompletionSource();
        var service = new TestService
        {
            Unary = async (_, _, cancellationToken) =>
            {
                began.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                return new();
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        var running = () => wired.EchoAsync("running");
        var assertion = running.Should().ThrowAsync<GrpcException>();
        await began.Task;

        await wired.Server.StopAsync(TimeSpan.FromMilliseconds(50));

        (await assertion).Which.Code.Should().Be(StatusCode.Unavailable);
    }

    [Fact]
    public async Task UnixSocket_TellsWhoCalls()
    {
        GrpcPeer? peer = null;
        var service = new TestService
        {
            Unary = (_, call, _) =>
            {
                peer = call.Peer;
                return Task.FromResult(new Wire.Contracts.Types.Entry());
            },
        };
        await using var wired = await Wired.StartAsync(Wiring.UnixSocket, service);

        await wired.EchoAsync("who am I?");

        peer!.Credentials!.Value.ProcessId.Should().Be(Environment.ProcessId);
        peer.Certificate.Should().BeNull();
    }

    [Fact]
    public async Task UnixSocket_ThatADeadServerLeftBehind_IsReplaced()
    {
        await using var first = await Wired.StartAsync(Wiring.UnixSocket);

        await using var second = await Wired.StartAsync(server: options => options with
        {
            Listen = new System.Net.Sockets.UnixDomainSocketEndPoint(first.Server.Address.ToString()!),
        }, channel: options => options with { Dial = Dialer.Unix(first.Server.Address.ToString()!) });

        (await second.EchoAsync("anew")).Should().Be("anew");
    }

    [Fact]
    public async Task Tcp_TellsAddressAndCertificate()
    {
        GrpcPeer? peer = null;
        var service = new TestService
        {
            Unary = (_, call, _) =>
            {
                peer = call.Peer;
                return Task.FromResult(new Wire.Contracts.Types.Entry());
            },
        };
        await using var wired = await Wired.StartAsync(Wiring.MutualTls, service);

        await wired.EchoAsync("who am I?");

        peer!.Remote.Should().BeOfType<IPEndPoint>().Which.Address.Should().Be(IPAddress.Loopback);
        peer.Credentials.Should().BeNull();
        DecodedCertificate.Decode(peer.Certificate!.RawDataMemory).Uris.Should().Equal("spiffe://example.org/spire/agent/test");
    }

    private static async Task<GrpcException> FirstFailureAsync(Wired wired)
    {
        // The listener closes a moment after the stop began.
        for (var attempt = 0; ; attempt++)
        {
            using var another = new GrpcChannel(wired.Options);
            try
            {
                await another.CallAsync(EntryMethods.GetEntry, new(), CallOptions.Within(TimeSpan.FromMilliseconds(200)), CancellationToken.None);
            }
            catch (GrpcException failure) when (failure.Code != StatusCode.DeadlineExceeded || attempt > 50)
            {
                return failure;
            }
        }
    }
}

using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Client.Lean;
using Spire.Wire.Grpc.Server;

namespace Spire.Wire.Tests.Grpc;

public sealed class GrpcConnectionTests
{
    [Theory]
    [InlineData(Wiring.Cleartext)]
    [InlineData(Wiring.MutualTls)]
    [InlineData(Wiring.UnixSocket)]
    public async Task Call_OverEachWiring_IsAnswered(Wiring wiring)
    {
        await using var wired = await Wired.StartAsync(wiring);
        await using var connection = await OpenAsync(wired);

        (await EchoAsync(connection, "hello")).Should().Be("hello");
        (await EchoAsync(connection, "again")).Should().Be("again");
    }

    [Fact]
    public async Task Calls_ManyAtOnce_AreAllAnswered()
    {
        await using var wired = await Wired.StartAsync(Wiring.MutualTls);
        await using var connection = await OpenAsync(wired);

        var answers = await Task.WhenAll(Enumerable.Range(0, 80).Select(i => EchoAsync(connection, $"{i}")));

        answers.Should().Equal(Enumerable.Range(0, 80).Select(i => $"{i}"));
    }

    [Fact]
    public async Task Calls_MoreThanTheServerTakesAtATime_WaitForTheirTurn()
    {
        var (inside, most) = (0, 0);
        var service = new TestService
        {
            Unary = async (request, _, cancellationToken) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref inside));
                await Task.Delay(5, cancellationToken);
                Interlocked.Decrement(ref inside);
                return new Entry { Id = request.Id };
            },
        };
        await using var wired = await Wired.StartAsync(service: service, server: options => options with
        {
            BeforeTls = endPoint => endPoint.KestrelServerOptions.Limits.Http2.MaxStreamsPerConnection = 2,
        });
        await using var connection = await OpenAsync(wired);

        // The first one is answered after the server has said how many it takes.
        await EchoAsync(connection, "first");
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => EchoAsync(connection, $"{i}")));

        answers.Should().Equal(Enumerable.Range(0, 40).Select(i => $"{i}"));
        most.Should().BeLessThanOrEqualTo(2);
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(65_535)]
    [InlineData(1_000_000)]
    public async Task Call_LongerThanWindowsAndFrames_IsAnsweredInFull(int length)
    {
        await using var wired = await Wired.StartAsync(Wiring.MutualTls);
        await using var connection = await OpenAsync(wired);
        var text = new string('x', length);

        for (var i = 0; i < 3; i++)
        {
            (await EchoAsync(connection, text)).Should().Be(text);
        }
    }

    [Fact]
    public async Task Call_ThatIsRefused_HasStatusAndDetails()
    {
        var denial = new GrpcStatus(StatusCode.PermissionDenied, "no, 100 % no: ü")
            .WithDetail(new PermissionDeniedDetails { Reason = PermissionDeniedDetails.Types.Reason.AgentBanned });
        await using var wired = await Wired.StartAsync(service: new TestService { Unary = (_, _, _) => throw new GrpcException(denial) });
        await using var connection = await OpenAsync(wired);

        var failure = (await connection.Awaiting(it => EchoAsync(it, "hello")).Should().ThrowAsync<GrpcException>()).Which;

        failure.Status.Message.Should().Be(denial.Message);
        failure.Status.TryGetDetail<PermissionDeniedDetails>(out var details).Should().BeTrue();
        details!.Reason.Should().Be(PermissionDeniedDetails.Types.Reason.AgentBanned);
        connection.IsUsable.Should().BeTrue();
    }

    [Fact]
    public async Task Call_ThatNobodyKnows_IsUnimplemented()
    {
        await using var wired = await Wired.StartAsync();
        await using var connection = await OpenAsync(wired);

        var call = () => connection.CallAsync(EntryMethods.CountEntries, new(), Wired.Soon, CancellationToken.None);

        (await call.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.Unimplemented);
    }

    [Fact]
    public async Task DuplexCall_Dialogue_GoesToAndFroAndEnds()
    {
        await using var wired = await Wired.StartAsync(Wiring.MutualTls);
        await using var connection = await OpenAsync(wired);
        await using var call = connection.Open(AgentMethods.AttestAgent, Wired.Soon);

        await call.WriteAsync(TestService.Say("one"), isLast: false, CancellationToken.None);
        (await call.ReadAsync(CancellationToken.None))!.Challenge.ToStringUtf8().Should().Be("one");
        await call.WriteAsync(TestService.Say("two"), isLast: true, CancellationToken.None);
        (await call.ReadAsync(CancellationToken.None))!.Challenge.ToStringUtf8().Should().Be("two");

        (await call.ReadAsync(CancellationToken.None)).Should().BeNull();
    }

    [Fact]
    public async Task DuplexCall_DisposedOf_IsCancelledAtTheServer()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = new TestService
        {
            Duplex = async (_, _, _, cancellationToken) =>
            {
                cancellationToken.Register(cancelled.SetResult);
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        await using var connection = await OpenAsync(wired);
        var call = connection.Open(AgentMethods.AttestAgent, Wired.Soon);
        await call.WriteAsync(TestService.Say("one"), isLast: false, CancellationToken.None);

        await EchoAsync(connection, "the server has seen the call");
        await call.DisposeAsync();

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        (await EchoAsync(connection, "goes on")).Should().Be("goes on");
    }

    [Fact]
    public async Task Connection_ThatHasAged_TakesNoMoreCallsAndFinishesTheOneThatRuns()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var service = new TestService
        {
            Unary = async (request, _, _) =>
            {
                await release.Task;
                return new Entry { Id = request.Id };
            },
        };
        await using var wired = await Wired.StartAsync(
            service: service, server: options => options with { ConnectionAge = new ConnectionAge(TimeSpan.FromMilliseconds(300), 0, new Random(1)) });
        await using var connection = await OpenAsync(wired);
        var running = EchoAsync(connection, "hello");

        await connection.Unusable.WaitAsync(TimeSpan.FromSeconds(10));
        release.SetResult();

        (await running).Should().Be("hello");
        var late = (await connection.Awaiting(it => EchoAsync(it, "late")).Should().ThrowAsync<GrpcException>()).Which;
        GrpcConnection.IsUnseen(late).Should().BeTrue();
    }

    [Fact]
    public async Task Connection_WhoseServerIsGone_FailsWhatRunsOnIt()
    {
        var service = new TestService { Unary = async (_, _, cancellationToken) => { await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken); return new Entry(); } };
        await using var wired = await Wired.StartAsync(service: service);
        Stream? stream = null;
        await using var connection = await GrpcConnection.OpenAsync(
            wired.Options with { Dial = async cancellationToken => stream = await wired.Options.Dial(cancellationToken) }, CancellationToken.None);
        var running = EchoAsync(connection, "hello");

        ((System.Net.Sockets.NetworkStream)stream!).Socket.Shutdown(System.Net.Sockets.SocketShutdown.Both);

        (await running.Awaiting(task => task).Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.Unavailable);
        connection.IsUsable.Should().BeFalse();
    }

    [Fact]
    public async Task OpenAsync_ServerThatTrustsSomebodyElse_IsUnavailableWithTheCause()
    {
        await using var wired = await Wired.StartAsync(Wiring.MutualTls);
        var stranger = new TestTrust();
        var options = wired.Options with { Tls = Wired.ClientTls(stranger, null) };

        var open = () => GrpcConnection.OpenAsync(options, CancellationToken.None);

        var failure = (await open.Should().ThrowAsync<GrpcException>()).Which;
        failure.Code.Should().Be(StatusCode.Unavailable);
        failure.Status.Message.Should().Contain("The server's certificate is refused");
    }

    [Fact]
    public async Task OpenAsync_NobodyThere_IsUnavailable()
    {
        var options = new GrpcChannelOptions { Dial = Dialer.Tcp(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1)) };

        var open = () => GrpcConnection.OpenAsync(options, CancellationToken.None);

        (await open.Should().ThrowAsync<GrpcException>()).Which.Status.Message.Should().Contain("Connection refused");
    }

    [Fact]
    public void HeaderReader_TheRfcsExample_IsRead()
    {
        // RFC 7541, C.4.1: literals in Huffman's code, names from the static table.
        var block = Convert.FromHexString("828684418cf1e3c2e5f23a6ba0ab90f4ff");

        Read(block).Should().Equal((":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com"));
    }

    [Theory]
    [InlineData("be", "*refers to header 62*")]
    [InlineData("3fe11f", "*wants a header table*")]
    [InlineData("418cf1e3", "*ends too early*")]
    [InlineData("4182ffff", "*not in the code*")]
    public void HeaderReader_WhatNoServerMaySend_IsRefused(string block, string message)
    {
        var read = () => Read(Convert.FromHexString(block));

        read.Should().Throw<InvalidDataException>().WithMessage(message);
    }

    private static List<(string, string)> Read(byte[] block)
    {
        var reader = new HeaderReader(block);
        var headers = new List<(string, string)>();
        while (reader.TryRead(out var header))
        {
            headers.Add(header);
        }

        return headers;
    }

    private static Task<GrpcConnection> OpenAsync(Wired wired) => GrpcConnection.OpenAsync(wired.Options, CancellationToken.None);

    private static async Task<string> EchoAsync(GrpcConnection connection, string text) =>
        (await connection.CallAsync(EntryMethods.GetEntry, new GetEntryRequest { Id = text }, Wired.Soon, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20))).Id;
}

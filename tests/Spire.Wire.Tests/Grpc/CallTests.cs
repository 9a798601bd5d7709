using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace Spire.Wire.Tests.Grpc;

public sealed class CallTests
{
    public static TheoryData<Wiring> Wirings => [Wiring.Cleartext, Wiring.MutualTls, Wiring.UnixSocket];

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task UnaryCall_OverEveryWiring_GetsItsAnswer(Wiring wiring)
    {
        await using var wired = await Wired.StartAsync(wiring);

        var answer = await wired.EchoAsync("first");

        answer.Should().Be("first");
    }

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task ServerStream_OverEveryWiring_GivesAllMessagesAndEnds(Wiring wiring)
    {
        await using var wired = await Wired.StartAsync(wiring);
        await using var call = wired.Channel.Open(HealthMethods.Watch, new(), Wired.Soon, CancellationToken.None);

        var messages = new List<HealthCheckResponse.Types.ServingStatus>();
        await foreach (var message in call.ReadAllAsync(CancellationToken.None))
        {
            messages.Add(message.Status);
        }

        messages.Should().Equal(
            HealthCheckResponse.Types.ServingStatus.Serving,
            HealthCheckResponse.Types.ServingStatus.NotServing,
            HealthCheckResponse.Types.ServingStatus.ServiceUnknown);
    }

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task DuplexCall_OverEveryWiring_IsADialogue(Wiring wiring)
    {
        await using var wired = await Wired.StartAsync(wiring);
        await using var call = wired.Channel.Open(AgentMethods.AttestAgent, Wired.Soon, CancellationToken.None);

        for (var round = 0; round < 3; round++)
        {
            (await call.WriteAsync(TestService.Say($"round {round}"), CancellationToken.None)).Should().BeTrue();
            (await call.ReadAsync(CancellationToken.None))!.Challenge.ToStringUtf8().Should().Be($"round {round}");
        }

        call.Complete();
        (await call.ReadAsync(CancellationToken.None)).Should().BeNull();
    }

    [Fact]
    public async Task DuplexCall_WhoseServerSpeaksFirst_HearsIt()
    {
        var service = new TestService
        {
            Duplex = async (requests, responses, _, cancellationToken) =>
            {
                await responses.WriteAsync(new() { Challenge = TestService.Say("welcome").ChallengeResponse }, cancellationToken);
                await requests.ReadAsync(cancellationToken);
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        await using var call = wired.Channel.Open(AgentMethods.AttestAgent, Wired.Soon, CancellationToken.None);

        var first = await call.ReadAsync(CancellationToken.None);

        first!.Challenge.ToStringUtf8().Should().Be("welcome");
    }

    [Fact]
    public async Task DuplexCall_ThatTheServerEndsEarly_TellsItToTheWriterAndTheReasonToTheReader()
    {
        var service = new TestService { Duplex = (_, _, _, _) => throw new GrpcException(StatusCode.InvalidArgument, "join token expired") };
        await using var wired = await Wired.StartAsync(service: service);
        await using var call = wired.Channel.Open(AgentMethods.AttestAgent, Wired.Soon, CancellationToken.None);

        var read = async () => await call.ReadAsync(CancellationToken.None);
        (await read.Should().ThrowAsync<GrpcException>()).Which.Status.Should().BeEquivalentTo(new GrpcStatus(StatusCode.InvalidArgument, "join token expired"));

        // The reset that tells our side may take a moment to arrive.
        var isOver = false;
        for (var attempt = 0; attempt < 1000 && !isOver; attempt++)
        {
            isOver = !await call.WriteAsync(TestService.Say("is anybody there?"), CancellationToken.None);
        }

        isOver.Should().BeTrue();
    }

    [Fact]
    public async Task DuplexCall_WhoseServerReturnsWhileTheClientStillMayWrite_EndsWell()
    {
        var service = new TestService
        {
            Duplex = async (requests, responses, _, cancellationToken) =>
            {
                await requests.ReadAsync(cancellationToken);
                await responses.WriteAsync(new() { Result = new() }, cancellationToken);
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        await using var call = wired.Channel.Open(AgentMethods.AttestAgent, Wired.Soon, CancellationToken.None);
        await call.WriteAsync(TestService.Say("hello"), CancellationToken.None);

        (await call.ReadAsync(CancellationToken.None))!.Result.Should().NotBeNull();
        (await call.ReadAsync(CancellationToken.None)).Should().BeNull();
    }

    [Fact]
    public async Task ManyCallsAtOnce_ShareOneConnection()
    {
        var connections = 0;
        await using var wired = await Wired.StartAsync(
            channel: options => options with { Dial = cancellationToken => { Interlocked.Increment(ref connections); return options.Dial(cancellationToken); } });

        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(number => wired.EchoAsync($"{number}")));

        answers.Should().Equal(Enumerable.Range(0, 300).Select(number => $"{number}"));
        connections.Should().Be(1);
    }

    [Fact]
    public async Task Metadata_GoesBothWays()
    {
        var service = new TestService
        {
            Stream = async (_, responses, call, cancellationToken) =>
            {
                call.ResponseHeaders.Add("seen", string.Join(',', call.RequestMetadata.ValuesOf("workload.spiffe.io")));
                call.RequestMetadata.TryGetBytes("proof-bin", out var proof);
                call.ResponseTrailers.Add("proof-bin", proof);
                await responses.WriteAsync(new(), cancellationToken);
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        var metadata = new Metadata { { "workload.spiffe.io", "true" }, { "workload.spiffe.io", "again" }, { "proof-bin", [0, 255, 7] } };
        await using var call = wired.Channel.Open(HealthMethods.Watch, new(), Wired.Soon with { Metadata = metadata }, CancellationToken.None);

        var headers = await call.ReadHeadersAsync(CancellationToken.None);
        await call.ReadAsync(CancellationToken.None);
        await call.ReadAsync(CancellationToken.None);

        headers.ValuesOf("seen").Should().Equal("true, again");
        call.Trailers.TryGetBytes("proof-bin", out var proof).Should().BeTrue();
        proof.Should().Equal(0, 255, 7);
    }

    [Fact]
    public async Task FailedCall_CarriesCodeMessageDetailsAndTrailers()
    {
        var refusal = new GrpcStatus(StatusCode.PermissionDenied, "100 % refused: «nein»\n")
            .WithDetail(new PermissionDeniedDetails { Reason = PermissionDeniedDetails.Types.Reason.AgentBanned });
        var service = new TestService
        {
            Unary = (_, call, _) =>
            {
                call.ResponseTrailers.Add("retry", "never");
                throw new GrpcException(refusal);
            },
        };
        await using var wired = await Wired.StartAsync(service: service);

        var call = () => wired.EchoAsync("please");

        var failure = (await call.Should().ThrowAsync<GrpcException>()).Which;
        failure.Code.Should().Be(StatusCode.PermissionDenied);
        failure.Status.Message.Should().Be("100 % refused: «nein»\n");
        failure.Status.TryGetDetail<PermissionDeniedDetails>(out var detail).Should().BeTrue();
        detail!.Reason.Should().Be(PermissionDeniedDetails.Types.Reason.AgentBanned);
        failure.Trailers.ValuesOf("retry").Should().Equal("never");
    }

    [Fact]
    public async Task FailureAfterMessages_ComesAfterTheMessages()
    {
        var service = new TestService
        {
            Stream = async (_, responses, _, cancellationToken) =>
            {
                await responses.WriteAsync(new() { Status = HealthCheckResponse.Types.ServingStatus.Serving }, cancellationToken);
                throw new GrpcException(StatusCode.DataLoss, "the rest is gone");
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        await using var call = wired.Channel.Open(HealthMethods.Watch, new(), Wired.Soon, CancellationToken.None);

        (await call.ReadAsync(CancellationToken.None))!.Status.Should().Be(HealthCheckResponse.Types.ServingStatus.Serving);
        var read = async () => await call.ReadAsync(CancellationToken.None);

        (await read.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.DataLoss);
        (await read.Should().ThrowAsync<GrpcException>("the end of a call stays its end")).Which.Code.Should().Be(StatusCode.DataLoss);
    }

    [Fact]
    public async Task HandlerThatBreaks_AnswersUnknownAndTellsTheServer()
    {
        var told = new List<Exception>();
        var service = new TestService { Unary = (_, _, _) => throw new InvalidOperationException("out of luck") };
        await using var wired = await Wired.StartAsync(service: service, server: options => options with { Unexpected = (_, error) => told.Add(error) });

        var call = () => wired.EchoAsync("please");

        (await call.Should().ThrowAsync<GrpcException>()).Which.Status.Should().BeEquivalentTo(new GrpcStatus(StatusCode.Unknown, "out of luck"));
        told.Should().ContainSingle().Which.Should().BeOfType<InvalidOperationException>();
    }

    [Fact]
    public async Task UnknownMethod_IsUnimplementedInTheWordsOfGo()
    {
        await using var wired = await Wired.StartAsync();

        var unknownMethod = () => wired.Channel.CallAsync(EntryMethods.CountEntries, new(), Wired.Soon, CancellationToken.None);
        var unknownService = () => wired.Channel.CallAsync(DebugMethods.GetInfo, new(), Wired.Soon, CancellationToken.None);

        (await unknownMethod.Should().ThrowAsync<GrpcException>()).Which.Status.Should().BeEquivalentTo(
            new GrpcStatus(StatusCode.Unimplemented, "unknown method CountEntries for service spire.api.server.entry.v1.Entry"));
        (await unknownService.Should().ThrowAsync<GrpcException>()).Which.Status.Should().BeEquivalentTo(
            new GrpcStatus(StatusCode.Unimplemented, "unknown service spire.api.server.debug.v1.Debug"));
    }

    [Fact]
    public async Task LongMessages_PassUpToTheLimitAndNotBeyond()
    {
        const int Limit = 4 * 1024 * 1024;
        await using var wired = await Wired.StartAsync();

        var answer = await wired.EchoAsync(new string('x', Limit - 10));
        var tooLong = () => wired.EchoAsync(new string('x', Limit));

        answer.Should().HaveLength(Limit - 10);
        (await tooLong.Should().ThrowAsync<GrpcException>()).Which.Status.Should().BeEquivalentTo(
            new GrpcStatus(StatusCode.ResourceExhausted, $"grpc: received message larger than max ({Limit + 5} vs. {Limit})"));
    }

    [Fact]
    public async Task LongAnswers_AreRefusedByTheClient()
    {
        await using var wired = await Wired.StartAsync(channel: options => options with { MaxMessageSize = 100 });

        var call = () => wired.EchoAsync(new string('x', 99));

        (await call.Should().ThrowAsync<GrpcException>()).Which.Status.Should().BeEquivalentTo(
            new GrpcStatus(StatusCode.ResourceExhausted, "grpc: received message larger than max (101 vs. 100)"));
        (await wired.EchoAsync("short")).Should().Be("short");
    }
}

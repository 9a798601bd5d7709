using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace Spire.Wire.Tests.Grpc;

public sealed class DeadlineTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(150);

    // Enough for a call to reach its handler on a busy machine, once there is a connection.
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Deadline_ThatPasses_EndsTheCallOnBothSides()
    {
        var ended = new TaskCompletionSource();
        var service = new TestService { Unary = (_, _, cancellationToken) => ForeverAsync(ended, cancellationToken) };
        await using var wired = await Wired.StartAsync(service: service);
        await ConnectAsync(wired);

        var call = () => wired.Channel.CallAsync(EntryMethods.GetEntry, new(), CallOptions.Within(LongEnough), CancellationToken.None);

        (await call.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.DeadlineExceeded);
        await ended.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Deadline_IsToldToTheServer()
    {
        DateTimeOffset? deadline = null;
        var service = new TestService
        {
            Unary = (_, call, _) =>
            {
                deadline = call.Deadline;
                return Task.FromResult(new Entry());
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        var before = TimeProvider.System.GetUtcNow();

        await wired.Channel.CallAsync(EntryMethods.GetEntry, new(), CallOptions.Within(TimeSpan.FromMinutes(3)), CancellationToken.None);

        deadline.Should().BeCloseTo(before + TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Deadline_ThatOnlyTheServerKeeps_IsAnsweredByTheServer()
    {
        var service = new TestService { Unary = (_, _, cancellationToken) => ForeverAsync(new(), cancellationToken) };
        await using var wired = await Wired.StartAsync(service: service);
        using var http = new RawHttp(wired.Options);

        var answer = await http.PostAsync(EntryMethods.GetEntry.Path, [0, 0, 0, 0, 0], ("grpc-timeout", "300m"));

        answer.Status.Should().Be(new GrpcStatus(StatusCode.DeadlineExceeded, "context deadline exceeded").ToString());
    }

    [Fact]
    public async Task Caller_WhoGivesUp_GetsACancellationAndTheServerToo()
    {
        var ended = new TaskCompletionSource();
        using var givingUp = new CancellationTokenSource();
        var service = new TestService
        {
            Unary = (_, _, cancellationToken) =>
            {
                givingUp.CancelAfter(Short);
                return ForeverAsync(ended, cancellationToken);
            },
        };
        await using var wired = await Wired.StartAsync(service: service);

        var call = () => wired.Channel.CallAsync(EntryMethods.GetEntry, new(), Wired.Soon, givingUp.Token);

        (await call.Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(givingUp.Token);
        await ended.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task HandlerThatBreaks_AfterItsDeadline_IsStillABug()
    {
        var told = new TaskCompletionSource<Exception>();
        var service = new TestService
        {
            Unary = async (_, _, cancellationToken) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
                throw new InvalidOperationException("out of luck");
            },
        };
        await using var wired = await Wired.StartAsync(service: service, server: options => options with { Unexpected = (_, error) => told.TrySetResult(error) });
        using var http = new RawHttp(wired.Options);

        var answer = await http.PostAsync(EntryMethods.GetEntry.Path, [0, 0, 0, 0, 0], ("grpc-timeout", "300m"));

        answer.Status.Should().Be("Unknown: out of luck");
        (await told.Task.WaitAsync(Patience)).Should().BeOfType<InvalidOperationException>();
    }

    [Fact]
    public async Task Stream_ThatIsDisposedOf_EndsAtTheServer()
    {
        var ended = new TaskCompletionSource();
        var service = new TestService
        {
            Stream = async (_, responses, _, cancellationToken) =>
            {
                await responses.WriteAsync(new(), cancellationToken);
                await ForeverAsync(ended, cancellationToken);
            },
        };
        await using var wired = await Wired.StartAsync(service: service);

        await using (var call = wired.Channel.Open(HealthMethods.Watch, new(), default, CancellationToken.None))
        {
            await call.ReadAsync(CancellationToken.None);
        }

        await ended.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Reading_ThatIsGivenUp_LeavesTheCallAlive()
    {
        var goOn = new TaskCompletionSource();
        var service = new TestService
        {
            Duplex = async (_, responses, _, cancellationToken) =>
            {
                await goOn.Task.WaitAsync(cancellationToken);
                await responses.WriteAsync(new() { Challenge = TestService.Say("late").ChallengeResponse }, cancellationToken);
            },
        };
        await using var wired = await Wired.StartAsync(service: service);
        await using var call = wired.Channel.Open(AgentMethods.AttestAgent, Wired.Soon, CancellationToken.None);
        using var impatience = new CancellationTokenSource(Short);

        var read = async () => await call.ReadAsync(impatience.Token);

        await read.Should().ThrowAsync<OperationCanceledException>();
        goOn.SetResult();
        (await call.ReadAsync(CancellationToken.None))!.Challenge.ToStringUtf8().Should().Be("late");
    }

    [Fact]
    public async Task Deadline_OfAStream_EndsAReadThatWaits()
    {
        var service = new TestService { Stream = (_, _, _, cancellationToken) => ForeverAsync(new(), cancellationToken) };
        await using var wired = await Wired.StartAsync(service: service);
        await using var call = wired.Channel.Open(HealthMethods.Watch, new(), CallOptions.Within(Short), CancellationToken.None);

        var read = async () => await call.ReadAsync(CancellationToken.None);

        (await read.Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.DeadlineExceeded);
    }

    private static async Task ConnectAsync(Wired wired)
    {
        var call = () => wired.Channel.CallAsync(EntryMethods.CountEntries, new(), Wired.Soon, CancellationToken.None);
        await call.Should().ThrowAsync<GrpcException>("the server does not have the method, but says so");
    }

    private static async Task<Entry> ForeverAsync(TaskCompletionSource ended, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return new Entry();
        }
        finally
        {
            ended.TrySetResult();
        }
    }
}

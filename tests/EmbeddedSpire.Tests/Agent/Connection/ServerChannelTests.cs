using System.Net;
using System.Net.Sockets;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Agent.Timing;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Tests.Agent.Connection;

public sealed class ServerChannelTests
{
    private readonly ManualClock _clock = new();
    private readonly Jitter _jitter = new(new Random(1));

    [Fact]
    public void Pause_FailureAfterFailure_GrowsAsInGrpc()
    {
        var pauses = Enumerable.Range(1, 15).Select(failures => ServerConnection.PauseAfter(failures, _jitter).TotalSeconds).ToList();

        pauses[0].Should().Be(1);
        var expected = 1.6;
        foreach (var pause in pauses.Skip(1))
        {
            pause.Should().BeInRange(expected * 0.8, expected * 1.2);
            expected = Math.Min(expected * 1.6, 120);
        }

        expected.Should().Be(120);
    }

    [Fact]
    public async Task Pick_NameHasNoAddress_Fails()
    {
        using var channel = NewChannel((_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([]));

        var failure = await FluentActions.Awaiting(() => channel.PickAsync(CancellationToken.None)).Should().ThrowAsync<GrpcException>();

        failure.Which.Status.Should().Be(new GrpcStatus(StatusCode.Unavailable, "name resolver error: produced zero addresses"));
    }

    [Fact]
    public async Task Pick_NameIsNotKnown_FailsAndAsksAgainLater()
    {
        var asked = 0;
        using var channel = NewChannel((_, _) =>
        {
            asked++;
            throw new SocketException((int)SocketError.HostNotFound);
        });
        var failure = await FluentActions.Awaiting(() => channel.PickAsync(CancellationToken.None)).Should().ThrowAsync<GrpcException>();
        failure.Which.Message.Should().Contain("dns: A record lookup error: lookup servers.test: ");

        await WhileMovingAsync(TimeSpan.FromSeconds(5), () => asked > 2);

        asked.Should().BeGreaterThan(2);
    }

    [Fact]
    public async Task Pick_AllAddressesRefuse_FailsWithTheReason()
    {
        using var channel = NewChannel((_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Parse("127.0.0.1"), IPAddress.Parse("127.0.0.2")]));

        var failure = await FluentActions.Awaiting(() => channel.PickAsync(CancellationToken.None)).Should().ThrowAsync<GrpcException>();

        failure.Which.Status.Message.Should().MatchRegex("^connection error: desc = \"transport: Error while dialing: dial tcp 127\\.0\\.0\\.[12]:1: connect: connection refused\"$");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pick_AllAddressesHaveRefused_IsStuckOnlyWithTheDefect(bool neverReconnects)
    {
        using var channel = NewChannel((_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback]), neverReconnects);
        channel.IsStuck.Should().BeFalse();

        await FluentActions.Awaiting(() => channel.PickAsync(CancellationToken.None)).Should().ThrowAsync<GrpcException>();

        channel.IsStuck.Should().Be(neverReconnects);
    }

    [Fact]
    public async Task LookUp_ConnectionsFail_IsRepeatedAfterHalfAMinuteAtTheEarliest()
    {
        var instants = new List<DateTimeOffset>();
        using var channel = NewChannel((_, _) =>
        {
            lock (instants)
            {
                instants.Add(_clock.GetUtcNow());
            }

            return Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback]);
        });
        await FluentActions.Awaiting(() => channel.PickAsync(CancellationToken.None)).Should().ThrowAsync<GrpcException>();

        await WhileMovingAsync(TimeSpan.FromSeconds(100), () => instants.Count >= 3);

        instants.Zip(instants.Skip(1)).Should().OnlyContain(pair => pair.Second - pair.First >= TimeSpan.FromSeconds(30));
        instants.Count.Should().BeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public async Task Deadline_NoServerIsReadyInTime_SaysSo()
    {
        using var never = NewChannel((_, stop) => Task.Delay(Timeout.Infinite, stop).ContinueWith<IReadOnlyList<IPAddress>>(_ => [], TaskScheduler.Default));
        using var deadline = new Deadline(TimeSpan.FromSeconds(30), _clock, CancellationToken.None);
        var pick = deadline.PickAsync(never);

        _clock.Advance(TimeSpan.FromSeconds(31));

        (await FluentActions.Awaiting(() => pick).Should().ThrowAsync<GrpcException>()).Which.Code.Should().Be(StatusCode.DeadlineExceeded);
    }

    [Fact]
    public void SharedChannel_Dropped_LivesUntilTheLastCallHasEnded()
    {
        var dialled = 0;
        var shared = new SharedChannel(() =>
        {
            dialled++;
            return NewChannel((_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([]));
        });
        using var first = shared.Borrow();
        using var second = shared.Borrow();

        first.Drop();
        first.Drop();
        using var third = shared.Borrow();

        second.Channel.Should().BeSameAs(first.Channel);
        third.Channel.Should().NotBeSameAs(first.Channel);
        second.Drop();
        using var fourth = shared.Borrow();
        fourth.Channel.Should().BeSameAs(third.Channel, "only the one that failed is dropped");
        dialled.Should().Be(2);
    }

    private async Task WhileMovingAsync(TimeSpan limit, Func<bool> condition)
    {
        var end = _clock.GetUtcNow() + limit;
        while (!condition() && _clock.GetUtcNow() < end)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Delay(TimeSpan.FromMilliseconds(3));
        }
    }

    private ServerChannel NewChannel(NameLookUp lookUp, bool neverReconnects = false)
    {
        // Nobody listens on port 1.
        var server = new ServerAddress("servers.test", 1);
        var trust = ServerTrust.ByNameOnly(TrustDomain.Parse("bench.test"), _clock);
        return new ServerChannel(server, new ServerConnector(server, () => trust), lookUp, _jitter, _clock) { NeverReconnects = neverReconnects };
    }
}

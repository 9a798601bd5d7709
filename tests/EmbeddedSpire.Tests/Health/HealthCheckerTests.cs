using EmbeddedSpire.Health;
using EmbeddedSpire.Logging;

namespace EmbeddedSpire.Tests.Health;

public sealed class HealthCheckerTests
{
    private readonly ManualClock _clock = new();
    private readonly HealthChecker _checker;
    private HealthState _state = HealthState.Bad("get_bundle_err", "no");
    private int _checks;

    public HealthCheckerTests()
    {
        _checker = new HealthChecker(new Logger(new LogSink(TextWriter.Null, new LogSettings(), _clock)), _clock);
        _checker.Add("server", _ =>
        {
            _checks++;
            return Task.FromResult(_state);
        });
    }

    [Fact]
    public async Task RunAsync_UntilFirstGood_ChecksEverySecondAndThenEveryMinute()
    {
        using var stop = new CancellationTokenSource();
        var running = _checker.RunAsync(stop.Token);

        _clock.Advance(TimeSpan.FromSeconds(2));
        _checks.Should().Be(3);
        _state = HealthState.Good;
        _clock.Advance(TimeSpan.FromSeconds(1));
        _checks.Should().Be(4);
        _clock.Advance(TimeSpan.FromSeconds(59));
        _checks.Should().Be(4);
        _state = HealthState.Bad("get_bundle_err", "away");
        _clock.Advance(TimeSpan.FromSeconds(1));
        _checks.Should().Be(5);
        _clock.Advance(TimeSpan.FromSeconds(59));
        _checks.Should().Be(5, "after the first good state nobody looks sooner again, however bad it is");

        await stop.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public void Body_BeforeTheFirstCheck_IsNull() => HealthEndpoint.Body(_checker.States).Should().Be("{\"server\":null}\n");

    [Fact]
    public async Task Body_AfterIt_HasTheErrorsOrNothing()
    {
        await _checker.CheckAsync(CancellationToken.None);
        HealthEndpoint.Body(_checker.States).Should().Be("{\"server\":{\"get_bundle_err\":\"no\"}}\n");

        _state = HealthState.Good;
        await _checker.CheckAsync(CancellationToken.None);
        HealthEndpoint.Body(_checker.States).Should().Be("{\"server\":{}}\n");
    }
}

using System.Net;
using Validation.Core.Stacks;
using Validation.Environments.Local.Supervisor;
using Validation.TestKit;

namespace Validation.Environments.Tests.Local.Supervisor;

public sealed class NodeHealthTests
{
    private readonly ManualClock _clock = new();
    private readonly ScriptedProbe _readiness = new();
    private readonly ScriptedProbe _liveness = new();

    [Fact]
    public async Task State_NeverReadyYet_IsStarting()
    {
        var health = Make();

        _readiness.Answer = "connection refused";
        await health.AskAsync(CancellationToken.None);

        (health.State, health.Reason).Should().Be((NodeState.Starting, "connection refused"));
    }

    [Fact]
    public async Task State_ReadyAndThenNot_IsNotReady()
    {
        var health = Make();
        await health.AskAsync(CancellationToken.None);
        health.State.Should().Be(NodeState.Ready);

        _readiness.Answer = "/ready answers 500";
        await health.AskAsync(CancellationToken.None);

        (health.State, health.ReadyFor).Should().Be((NodeState.NotReady, TimeSpan.Zero));
    }

    [Fact]
    public async Task ReadyFor_ReadyWithoutABreak_CountsFromTheFirstAnswer()
    {
        var health = Make();
        await health.AskAsync(CancellationToken.None);

        _clock.Advance(TimeSpan.FromSeconds(5));
        await health.AskAsync(CancellationToken.None);

        health.ReadyFor.Should().Be(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task WhyRestart_FailuresBelowTheThreshold_IsNull()
    {
        var health = Make();
        _liveness.Answer = "/live answers 500";

        await AskEvery(TimeSpan.FromSeconds(10), times: 2, health);

        health.WhyRestart.Should().BeNull();
        _liveness.Asked.Should().Be(2);
    }

    [Fact]
    public async Task WhyRestart_FailuresUpToTheThreshold_SaysWhatWasSeen()
    {
        var health = Make();
        _liveness.Answer = "/live answers 500";

        await AskEvery(TimeSpan.FromSeconds(10), times: 3, health);

        health.WhyRestart.Should().Be("its liveness probe failed 3 times in a row: /live answers 500");
    }

    [Fact]
    public async Task WhyRestart_OneGoodAnswerInBetween_CountsAnew()
    {
        var health = Make();
        _liveness.Answer = "/live answers 500";
        await AskEvery(TimeSpan.FromSeconds(10), times: 2, health);

        _liveness.Answer = null;
        await AskEvery(TimeSpan.FromSeconds(10), times: 1, health);
        _liveness.Answer = "/live answers 500";
        await AskEvery(TimeSpan.FromSeconds(10), times: 2, health);

        health.WhyRestart.Should().BeNull();
    }

    [Fact]
    public async Task WhyRestart_BeforeTheInitialDelay_IsNotEvenAsked()
    {
        var health = Make();

        await AskEvery(TimeSpan.FromSeconds(1), times: 9, health);

        _liveness.Asked.Should().Be(0);
    }

    [Fact]
    public async Task Forget_AfterAPause_ClearsTheFailures()
    {
        var health = Make();
        _liveness.Answer = "does not answer";
        await AskEvery(TimeSpan.FromSeconds(10), times: 2, health);

        health.Forget();
        await AskEvery(TimeSpan.FromSeconds(10), times: 2, health);

        health.WhyRestart.Should().BeNull();
    }

    private async Task AskEvery(TimeSpan interval, int times, NodeHealth health)
    {
        for (var i = 0; i < times; i++)
        {
            _clock.Advance(interval);
            await health.AskAsync(CancellationToken.None);
        }
    }

    private NodeHealth Make() => new(
        new NodeProgram
        {
            Name = "pooler-1",
            Role = Roles.Pooler,
            Address = IPAddress.Loopback,
            Command = ["true"],
            Directory = new DirectoryInfo("/"),
            Readiness = _readiness,
            Liveness = new LivenessProbe(_liveness, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), 3),
        },
        _clock);

    private sealed class ScriptedProbe : IProbe
    {
        public string? Answer { get; set; }

        public int Asked { get; private set; }

        public Task<string?> TryAsync(CancellationToken cancellationToken)
        {
            Asked++;
            return Task.FromResult(Answer);
        }
    }
}

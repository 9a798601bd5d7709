using Validation.Environments.Cluster.Tools;
using Validation.Environments.K3s;
using Validation.Environments.Tests.K3s.Kit;

namespace Validation.Environments.Tests.K3s;

public sealed class K3sRecoveryTests
{
    [Fact]
    public async Task Recover_ClusterOfAKilledHarness_IsRemovedAndASecondCallHasNothingToDo()
    {
        var (docker, _) = EngineWith("c1 validation-1a-k3s-server-1 dead", "n1 validation-1a dead");
        var recovery = new K3sRecovery(docker, _ => HarnessLife.Ended);

        var first = await recovery.RecoverAsync(null, CancellationToken.None);
        var second = await recovery.RecoverAsync(null, CancellationToken.None);

        first.Should().Equal("container validation-1a-k3s-server-1", "network validation-1a");
        second.Should().BeEmpty();
        docker.Writes.Should().Equal("docker rm --force --volumes c1", "docker network rm n1");
    }

    [Fact]
    public async Task Recover_ClusterOfAHarnessThatRuns_IsLeftAlone()
    {
        var (docker, _) = EngineWith($"c1 validation-1a-k3s-server-1 {HarnessMark.Own()}", $"n1 validation-1a {HarnessMark.Own()}");

        var found = await new K3sRecovery(docker, HarnessMark.LifeOf).RecoverAsync(null, CancellationToken.None);

        found.Should().BeEmpty();
        docker.Writes.Should().BeEmpty();
    }

    [Fact]
    public async Task Recover_SomethingStays_IsLeftUnclean()
    {
        var docker = K3sStage.Engine().Answer("ps --all", "c1 validation-1a-k3s-server-1 dead\n").Fail("rm --force", "busy");

        var recover = () => new K3sRecovery(docker, _ => HarnessLife.Ended).RecoverAsync(null, CancellationToken.None);

        (await recover.Should().ThrowAsync<HarnessException>()).WithMessage("*container validation-1a-k3s-server-1*").Which.ExitCode.Should().Be(ExitCode.LeftUnclean);
    }

    [Fact]
    public void Mark_OfThisProcess_IsAliveAndThatOfAnEarlierOneWithTheSameNumberIsNot()
    {
        var own = HarnessMark.Own();

        HarnessMark.LifeOf(own).Should().Be(HarnessLife.Runs);
        HarnessMark.LifeOf(own[..^1] + (own[^1] == '0' ? '1' : '0')).Should().Be(HarnessLife.Ended);
    }

    [Theory]
    [InlineData(0, "11111111-2222-3333-4444-555555555555")]
    [InlineData(1, "4026539999")]
    public void Mark_OfAnotherBootOrPidNamespace_SaysNothingOfItsProcess(int part, string other)
    {
        var parts = HarnessMark.Own().Split('.');
        parts[part] = other;

        HarnessMark.LifeOf(string.Join('.', parts)).Should().Be(HarnessLife.Unknown);
        HarnessMark.LifeOf("by-hand").Should().Be(HarnessLife.Unknown);
    }

    [Theory]
    [InlineData("running")]
    [InlineData("paused")]
    [InlineData("created")]
    public async Task Recover_ClusterOfAnotherContainersHarness_IsLeftAloneWhileAnyPartOfItRunsOrIsAboutTo(string state)
    {
        var (docker, _) = EngineWith($"c1 validation-1a-k3s-server-1 elsewhere exited\nc2 validation-1a-k3s-agent-1 elsewhere {state}", "n1 validation-1a elsewhere");
        var told = new Told();

        var removed = await new K3sRecovery(docker, _ => HarnessLife.Unknown).RecoverAsync(told, CancellationToken.None);

        removed.Should().BeEmpty();
        docker.Writes.Should().BeEmpty();
        told.Lines.Should().ContainSingle().Which.Should()
            .Contain("another PID namespace or boot: container validation-1a-k3s-server-1, container validation-1a-k3s-agent-1, network validation-1a.")
            .And.EndWith("If it has ended: docker rm --force --volumes c1 c2 && docker network rm n1");
    }

    [Fact]
    public async Task Recover_NetworkOfAnotherContainersHarnessThatHasNoContainersYet_IsLeftAlone()
    {
        var (docker, _) = EngineWith(string.Empty, "n1 validation-1a elsewhere");

        (await new K3sRecovery(docker, _ => HarnessLife.Unknown).RecoverAsync(null, CancellationToken.None)).Should().BeEmpty();

        docker.Writes.Should().BeEmpty();
    }

    [Fact]
    public async Task Recover_ClusterOfAnEarlierBootWhoseContainersHaveEnded_IsRemoved()
    {
        var (docker, _) = EngineWith("c1 validation-1a-k3s-server-1 elsewhere exited", "n1 validation-1a elsewhere");

        var removed = await new K3sRecovery(docker, _ => HarnessLife.Unknown).RecoverAsync(null, CancellationToken.None);

        removed.Should().Equal("container validation-1a-k3s-server-1", "network validation-1a");
        docker.Writes.Should().Equal("docker rm --force --volumes c1", "docker network rm n1");
    }

    private static (RecordingDocker Docker, string[] There) EngineWith(string container, string network)
    {
        string[] there = [container + "\n", network + "\n"];
        var docker = K3sStage.Engine()
            .Answer("ps --all", _ => new ToolAnswer(0, there[0], string.Empty))
            .Answer("network ls", _ => new ToolAnswer(0, there[1], string.Empty))
            .Answer("rm --force", _ => Done(there, 0))
            .Answer("network rm", _ => Done(there, 1));
        return (docker, there);
    }

    private sealed class Told : IProgress<string>
    {
        public List<string> Lines { get; } = [];

        public void Report(string value) => Lines.Add(value);
    }

    private static ToolAnswer Done(string[] there, int which)
    {
        there[which] = string.Empty;
        return new ToolAnswer(0, string.Empty, string.Empty);
    }
}

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
        var recovery = new K3sRecovery(docker, _ => false);

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

        var found = await new K3sRecovery(docker, HarnessMark.IsAlive).RecoverAsync(null, CancellationToken.None);

        found.Should().BeEmpty();
        docker.Writes.Should().BeEmpty();
    }

    [Fact]
    public async Task Recover_SomethingStays_IsLeftUnclean()
    {
        var docker = K3sStage.Engine().Answer("ps --all", "c1 validation-1a-k3s-server-1 dead\n").Fail("rm --force", "busy");

        var recover = () => new K3sRecovery(docker, _ => false).RecoverAsync(null, CancellationToken.None);

        (await recover.Should().ThrowAsync<HarnessException>()).WithMessage("*container validation-1a-k3s-server-1*").Which.ExitCode.Should().Be(ExitCode.LeftUnclean);
    }

    [Fact]
    public void Mark_OfThisProcess_IsAliveAndThatOfAnEarlierOneWithTheSameNumberIsNot()
    {
        var own = HarnessMark.Own();

        HarnessMark.IsAlive(own).Should().BeTrue();
        HarnessMark.IsAlive(own[..^1] + (own[^1] == '0' ? '1' : '0')).Should().BeFalse();
        HarnessMark.IsAlive("by-hand").Should().BeFalse();
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

    private static ToolAnswer Done(string[] there, int which)
    {
        there[which] = string.Empty;
        return new ToolAnswer(0, string.Empty, string.Empty);
    }
}

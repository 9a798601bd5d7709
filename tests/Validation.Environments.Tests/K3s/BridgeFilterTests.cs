using Validation.Environments.Cluster.Tools;
using Validation.Environments.K3s;
using Validation.Environments.Tests.K3s.Kit;

namespace Validation.Environments.Tests.K3s;

public sealed class BridgeFilterTests
{
    [Fact]
    public async Task Require_EveryKubernetesNodeFilters_AsksEachAndIsContent()
    {
        var docker = new RecordingDocker().Answer("exec", "1\n");

        await RequireAsync(docker);

        docker.Lines.Should().Equal(K3sNames.Nodes.Select(node => $"docker exec validation-1a-{node} cat /proc/sys/net/bridge/bridge-nf-call-iptables"));
        docker.Writes.Should().BeEmpty();
    }

    [Theory]
    [InlineData(0, "0\n", "is 0.")]
    [InlineData(1, "", "is absent.")]
    public async Task Require_OneDoesNot_IsRefusedWithTheModuleAsTheHint(int exitCode, string output, string seen)
    {
        var docker = new RecordingDocker().Answer("exec", "1\n")
            .Answer("exec validation-1a-k3s-agent-1", _ => new ToolAnswer(exitCode, output, "cat: can't open: No such file or directory"));

        var refusal = (await FluentActions.Awaiting(() => RequireAsync(docker)).Should().ThrowAsync<HarnessException>()).Which;

        refusal.ExitCode.Should().Be(ExitCode.EnvironmentFailed);
        refusal.Message.Should().StartWith("k3s-agent-1 does not filter packets between its own pods").And.Contain(seen);
        refusal.Hint.Should().Contain("modprobe br_netfilter");
    }

    private static Task RequireAsync(RecordingDocker docker) => BridgeFilter.RequireAsync(docker, new K3sNames("1a", "m"), CancellationToken.None);
}

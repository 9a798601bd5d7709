using Validation.Core.Scenarios;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.K3s;
using Validation.Environments.Tests.K3s.Kit;

namespace Validation.Environments.Tests.K3s;

public sealed class K3sClusterTests
{
    private const string Keys = "server: https://127.0.0.1:6443\n    client-key-data: S0VZLVRIQVQtTk9CT0RZLU1BWS1TRUU=\n";

    [Fact]
    public async Task Start_GivesEachKubernetesNodeALabelledContainerWithAFixedAddress()
    {
        var docker = K3sStage.Engine().Answer(Print, Keys);
        var cluster = await StartAsync(docker, new K3sStage.Reaping());

        var made = docker.Writes.Where(line => line.StartsWith("docker create", StringComparison.Ordinal)).ToArray();
        made.Should().HaveCount(3).And.OnlyContain(line =>
            line.Contains("--label=app.kubernetes.io/part-of=validation", StringComparison.Ordinal)
            && line.Contains($"--label=validation/run={cluster.Names.Run}", StringComparison.Ordinal)
            && line.Contains("--pull=never", StringComparison.Ordinal)
            && line.Contains("--volume=/lib/modules:/lib/modules:ro", StringComparison.Ordinal)
            && line.Contains("--kubelet-arg=image-gc-high-threshold=100", StringComparison.Ordinal));
        made[0].Should().Contain("--hostname=k3s-server-1").And.Contain("--ip=172.31.0.2").And.Contain("--publish=127.0.0.1::6443");
        made[2].Should().Contain("--hostname=k3s-agent-2").And.Contain("--ip=172.31.0.4").And.NotContain("--publish");
        cluster.Gateway.ToString().Should().Be("172.31.0.1");
    }

    [Fact]
    public async Task Start_WithTheImagesThatK3sItselfNeeds_MountsTheirFileWhereK3sLooks()
    {
        var docker = K3sStage.Engine().Answer(Print, Keys);
        await StartAsync(docker, new K3sStage.Reaping(), K3sStage.Options with
        {
            ImageFiles = new Dictionary<string, FileInfo> { [K3sOptions.SystemImages] = new("/srv/k3s-airgap-images-amd64.tar.zst") },
        });

        docker.Writes.Where(line => line.StartsWith("docker create", StringComparison.Ordinal)).Should().HaveCount(3).And.OnlyContain(line => line.Contains(
            "--mount=type=bind,source=/srv/k3s-airgap-images-amd64.tar.zst,target=/var/lib/rancher/k3s/agent/images/k3s-airgap-images-amd64.tar.zst,readonly",
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_TheTokenThatJoinsNodes_IsInNoArgument()
    {
        var docker = K3sStage.Engine().Answer(Print, Keys);
        await StartAsync(docker, new K3sStage.Reaping());

        var inputs = docker.Commands.Select(command => command.Input).OfType<string>().Distinct().ToArray();

        inputs.Should().ContainSingle().Which.Should().MatchRegex("^K3S_TOKEN=[0-9a-f]{40}\n$");
        docker.Lines.Should().NotContain(line => line.Contains(inputs[0].Trim().Substring("K3S_TOKEN=".Length), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kubeconfig_LeadsToThePublishedPortAndIsNoFileOnADisk()
    {
        var docker = K3sStage.Engine().Answer(Print, Keys);
        var cluster = await StartAsync(docker, new K3sStage.Reaping());

        var before = await File.ReadAllTextAsync(cluster.Kubeconfig);
        docker.Answer("port", "127.0.0.1:40777\n");
        await cluster.FindApiAsync(CancellationToken.None);

        before.Should().Be(Keys.Replace("6443", "40001", StringComparison.Ordinal));
        (await File.ReadAllTextAsync(cluster.Kubeconfig)).Should().Be(Keys.Replace("6443", "40777", StringComparison.Ordinal));
        cluster.Kubeconfig.Should().StartWith("/proc/");
        new FileInfo(cluster.Kubeconfig).LinkTarget.Should().Contain("memfd:kubeconfig");
    }

    [Fact]
    public async Task Start_ContainerEndsByItself_ShowsItsLastLinesAndLeavesNothing()
    {
        var docker = K3sStage.Engine().Fail(Print, "is not running").Answer("inspect", "exited 1 0 2026-11-20T12:00:00Z\n").Answer("rm", string.Empty);
        var reaping = new K3sStage.Reaping();

        var start = () => StartAsync(docker, reaping);

        (await start.Should().ThrowAsync<HarnessException>()).WithMessage("*k3s-server-1 ended with exit code 1*no space left*");
        reaping.IsDone.Should().BeTrue();
    }

    [Fact]
    public async Task Start_ThatFailsAndCannotBeTakenDown_SaysBoth()
    {
        var docker = K3sStage.Engine().Fail(Print, "is not running").Answer("inspect", "exited 1 0 2026-11-20T12:00:00Z\n")
            .Answer("ps --all", "c1 validation-x-k3s-server-1 m exited\n").Fail("rm", "device or resource busy");

        var start = () => StartAsync(docker, new K3sStage.Reaping());

        (await start.Should().ThrowAsync<HarnessException>())
            .WithMessage("*k3s-server-1 ended with exit code 1*And then, while it was taken down: Still on the engine: container validation-x-k3s-server-1.")
            .Which.Should().Match<HarnessException>(left => left.ExitCode == ExitCode.LeftUnclean && left.Hint!.Contains("recover"));
    }

    [Fact]
    public async Task Start_TheKubeconfigsKey_IsMaskedAsItStandsThereAndAsItIs()
    {
        var mask = new SecretMask();
        await StartAsync(K3sStage.Engine().Answer(Print, Keys), new K3sStage.Reaping(), mask: mask);

        mask.Hide("S0VZLVRIQVQtTk9CT0RZLU1BWS1TRUU= and KEY-THAT-NOBODY-MAY-SEE").Should().Be("••• and •••");
    }

    [Fact]
    public async Task Start_ContainerEndsByItself_ItsLastLinesShowNoSecret()
    {
        var mask = new SecretMask();
        mask.Add("0123456789abcdef");
        var docker = K3sStage.Engine().Fail(Print, "is not running").Answer("inspect", "exited 1 0 2026-11-20T12:00:00Z\n").Answer("rm", string.Empty)
            .Answer("logs", "token 0123456789abcdef was refused\n");

        var start = () => StartAsync(docker, new K3sStage.Reaping(), mask: mask);

        (await start.Should().ThrowAsync<HarnessException>()).WithMessage("*token ••• was refused*");
    }

    [Fact]
    public async Task Dispose_RemovesContainersWithVolumesThenTheNetworkThenTellsTheReaper()
    {
        var docker = K3sStage.Engine().Answer(Print, Keys);
        var reaping = new K3sStage.Reaping();
        var cluster = await StartAsync(docker, reaping);
        var isThere = true;
        docker.Answer("ps --all", _ => new ToolAnswer(0, isThere ? "c1 validation-x-k3s-server-1 m\nc2 validation-x-k3s-agent-1 m\n" : string.Empty, string.Empty))
            .Answer("network ls", _ => new ToolAnswer(0, isThere ? "n1 validation-x m\n" : string.Empty, string.Empty))
            .Answer("rm --force", string.Empty)
            .Answer("network rm n1", _ =>
            {
                isThere = false;
                return new ToolAnswer(0, string.Empty, string.Empty);
            });

        await cluster.DisposeAsync();

        docker.Writes.TakeLast(2).Should().Equal("docker rm --force --volumes c1 c2", "docker network rm n1");
        reaping.IsDone.Should().BeTrue();
    }

    [Fact]
    public async Task Dispose_SomethingCannotBeRemoved_IsLeftUncleanAndTheReaperGoesOn()
    {
        var docker = K3sStage.Engine().Answer(Print, Keys);
        var reaping = new K3sStage.Reaping();
        var cluster = await StartAsync(docker, reaping);
        docker.Answer("ps --all", "c1 validation-x-k3s-server-1 m\n").Fail("rm --force", "device or resource busy");

        var dispose = async () => await cluster.DisposeAsync();

        (await dispose.Should().ThrowAsync<HarnessException>()).WithMessage("*validation-x-k3s-server-1*").Which.ExitCode.Should().Be(ExitCode.LeftUnclean);
        reaping.IsDone.Should().BeFalse();
    }

    [Fact]
    public async Task Transfer_Images_AreReadOnceAndWrittenToEveryNode()
    {
        var docker = K3sStage.Engine().Answer("save", "the layers");

        await new ImageTransfer(docker).RunAsync([new NamedImage("harness", "validation/harness:1")], ["one", "two"], CancellationToken.None);

        docker.Lines.Where(line => line.StartsWith("docker save", StringComparison.Ordinal)).Should().ContainSingle();
        docker.Received.Where(session => session.Key.Contains("import", StringComparison.Ordinal)).Should().HaveCount(2)
            .And.OnlyContain(session => System.Text.Encoding.ASCII.GetString(session.Value.ToArray()) == "the layers");
    }

    [Fact]
    public async Task Transfer_ANodeRefusesTheImages_ItsWordsAreShown()
    {
        var docker = K3sStage.Engine().Answer("save", "the layers").Fail("exec --interactive two", "ctr: no space left on device");

        var run = () => new ImageTransfer(docker).RunAsync([new NamedImage("harness", "validation/harness:1")], ["one", "two"], CancellationToken.None);

        (await run.Should().ThrowAsync<HarnessException>()).WithMessage("docker exec --interactive two ctr*no space left on device*");
    }

    [Fact]
    public void Describe_HasTheKubernetesNodesAfterTheStacksOwn()
    {
        var shape = K3sStage.Environment(K3sStage.Engine(), new K3sStage.Reaping()).Describe(StackSpec.Default);

        shape.Nodes.TakeLast(3).Select(node => (node.Name, node.Role)).Should().Equal(
            ("k3s-server-1", "kubernetes-node"), ("k3s-agent-1", "kubernetes-node"), ("k3s-agent-2", "kubernetes-node"));
        shape.Nodes.Should().NotContain(node => node.Role == "dcs");
    }

    // The container's name has the run in it, so the beginning of the command is not known.
    private static string Print => "exec validation-";

    private static Task<K3sCluster> StartAsync(RecordingDocker docker, K3sStage.Reaping reaping, K3sOptions? options = null, SecretMask? mask = null) => K3sCluster.StartAsync(
        docker, new RequiredImages(docker, options ?? K3sStage.Options), mask ?? new SecretMask(), _ => reaping.Begin(), TimeProvider.System, new Progress<string>(), CancellationToken.None);
}

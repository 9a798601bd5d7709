using Validation.Environments.Cluster.Tools;
using Validation.Environments.K3s;
using Validation.Environments.Tests.K3s.Kit;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.K3s;

/// <summary>The containers' lives with a real Docker engine, and a stand-in for the image of K3s.</summary>
[Collection(SystemTests.Name)]
public sealed class K3sSystemTests : IDisposable
{
    private const string SystemImages = "k3s-airgap-images-amd64.tar";
    private readonly DirectoryInfo _environments = Directory.CreateTempSubdirectory("k3s-");
    private readonly Docker _docker = new(new SecretMask(), TimeProvider.System);

    [SkippableFact]
    public async Task Cluster_OfARealEngine_ComesUpIsBrokenHealsAndLeavesNothing()
    {
        await StandInImage.RequireAsync();
        var cluster = await StartAsync();
        var given = await _docker.RequireAsync(
            K3sCommands.Print(cluster.Names.Container("k3s-agent-2"), $"/var/lib/rancher/k3s/agent/images/{SystemImages}"), CancellationToken.None);
        var agent = new KubernetesNode(
            "k3s-agent-1", cluster.Names.Container("k3s-agent-1"), cluster.Addresses["k3s-agent-1"], _docker, _ => Task.CompletedTask, TimeProvider.System);

        var hit = await agent.KillAsync(holdDown: true, CancellationToken.None);
        var whileDown = await agent.CountProcessesAsync(CancellationToken.None);
        await agent.ReleaseAsync(CancellationToken.None);
        var afterRelease = await agent.CountProcessesAsync(CancellationToken.None);
        await agent.PauseAsync(TimeSpan.FromMinutes(1), CancellationToken.None);
        var frozen = await agent.IsFrozenAsync(CancellationToken.None);
        await cluster.DisposeAsync();

        given.Should().Be("pause, CoreDNS");
        hit.Processes.Should().BePositive();
        whileDown.Should().Be(0);
        afterRelease.Should().BePositive();
        frozen.Should().BeTrue();
        (await LeftAsync(cluster)).Should().BeEmpty("also what was frozen is removed");
    }

    [SkippableFact]
    public async Task Kubeconfig_AfterTheServerWasKilledAndStarted_LeadsToItsNewPort()
    {
        await StandInImage.RequireAsync();
        await using var cluster = await StartAsync();
        var server = new KubernetesNode(
            K3sNames.Server, cluster.Names.Container(K3sNames.Server), cluster.Addresses[K3sNames.Server], _docker, cluster.FindApiAsync, TimeProvider.System);

        await server.KillAsync(holdDown: false, CancellationToken.None);

        var port = await _docker.RequireAsync(K3sCommands.AskApiPort(server.Container), CancellationToken.None);
        (await File.ReadAllTextAsync(cluster.Kubeconfig)).Should().Be($"server: https://{port}\n");
    }

    [SkippableFact]
    public async Task Recover_AfterAHarnessThatIsGone_RemovesItsClusterAndThenHasNothingToDo()
    {
        await StandInImage.RequireAsync();
        var cluster = await StartAsync();
        await cluster.LeaveUpAsync();
        var recovery = new K3sRecovery(_docker, mark => mark == cluster.Names.Mark ? HarnessLife.Ended : HarnessMark.LifeOf(mark));

        var first = await recovery.RecoverAsync(null, CancellationToken.None);
        var second = await recovery.RecoverAsync(null, CancellationToken.None);

        first.Should().HaveCount(4, "there were three containers and a network");
        second.Should().BeEmpty();
    }

    public void Dispose() => _environments.Delete(recursive: true);

    private Task<K3sCluster> StartAsync()
    {
        Directory.CreateDirectory(Path.Combine(_environments.FullName, "k3s"));
        Directory.CreateDirectory(Path.Combine(_environments.FullName, "kubernetes", "images"));
        File.WriteAllText(Path.Combine(_environments.FullName, "k3s", "images.yaml"), $"k3s: {StandInImage.Reference}\n");
        File.WriteAllText(Path.Combine(_environments.FullName, "kubernetes", "images", "images.yaml"), "data:\n  postgres-ha: a/b:1\n  harness: a/c:1\n");
        var systemImages = new FileInfo(Path.Combine(_environments.FullName, SystemImages));
        File.WriteAllText(systemImages.FullName, "pause, CoreDNS");
        return K3sCluster.StartAsync(
            _docker,
            new RequiredImages(_docker, new K3sOptions
            {
                Environments = _environments,
                HasEmbeddedSpire = true,
                ImageFiles = new Dictionary<string, FileInfo> { [K3sOptions.SystemImages] = systemImages },
            }),
            new SecretMask(),
            names => Reaper.Start(Docker.Find(), names, TimeProvider.System),
            TimeProvider.System,
            new Progress<string>(),
            CancellationToken.None);
    }

    private async Task<IReadOnlyList<string>> LeftAsync(K3sCluster cluster) =>
    [
        .. await _docker.ListAsync(K3sCommands.ListContainers(cluster.Names.Filter), CancellationToken.None),
        .. await _docker.ListAsync(K3sCommands.ListNetworks(cluster.Names.Filter), CancellationToken.None),
    ];
}

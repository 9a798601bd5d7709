using System.Net;
using System.Text.Json;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Tests.Cluster.Kit;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Cluster.Helper;

/// <summary>Rules know IPv4 addresses. What might go another way is not said to be cut.</summary>
public sealed class ClusterNetworkTests : IPodDirectory
{
    private static readonly Link Link = new(TestStacks.Node("pooler-1", "10.42.0.7"), TestStacks.Node("spire-server-1", "10.42.0.8"));

    [Fact]
    public async Task Cut_OfPodsWithTwoFamiliesBehindForeignServices_IsRefused() => (await CutAsync(knowsServices: false))
        .Message.Should().Be("Pod pooler-1 has the address fd00::7 besides 10.42.0.7; links are cut by IPv4 addresses only, and what takes the other way would pass.");

    [Fact]
    public async Task Cut_OfPodsWithTwoFamiliesBehindTheHarnessOwnServices_GoesOnToTheHelper() =>
        (await CutAsync(knowsServices: true)).Message.Should().Be("no helper");

    [Theory]
    [InlineData("""[ { "ip": "10.42.0.7" }, { "ip": "fd00::7" } ]""", "fd00::7")]
    [InlineData("""[ { "ip": "10.42.0.7" } ]""", null)]
    public void Pod_OfADualStackCluster_HasASecondAddress(string addresses, string? expected)
    {
        using var pod = JsonDocument.Parse($$"""{ "metadata": { "name": "pooler-1" }, "status": { "podIP": "10.42.0.7", "podIPs": {{addresses}} } }""");

        PodFacts.Read(pod.RootElement).SecondAddress.Should().Be(expected is null ? null : IPAddress.Parse(expected));
    }

    ValueTask<PodIdentity> IPodDirectory.FindAsync(INode node, CancellationToken cancellationToken) => ValueTask.FromResult(
        new PodIdentity { Name = node.Name, Uid = "uid", KubernetesNode = "node-a", Address = node.Address, SecondAddress = IPAddress.Parse("fd00::7") });

    private async Task<HarnessException> CutAsync(bool knowsServices)
    {
        var helpers = new NodeHelpers(new RecordingKubectl(), (_, _) => throw new HarnessException(ExitCode.EnvironmentFailed, "no helper"), TimeProvider.System);
        var cut = () => new ClusterNetwork(helpers, this, knowsServices).CutAsync([Link], CancellationToken.None);
        return (await cut.Should().ThrowAsync<HarnessException>()).Which;
    }
}

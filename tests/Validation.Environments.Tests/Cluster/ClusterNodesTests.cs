using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster;

public sealed class ClusterNodesTests
{
    private readonly ClusterNodes _nodes = new(
        StackSpec.Default,
        ["node-a", "node-b", "node-c"],
        new PodProcesses(new NodeHelpers(new RecordingKubectl("spire-validation-system"), (_, _) => throw new HarnessException(ExitCode.EnvironmentFailed, "no helper"), TimeProvider.System)),
        TimeProvider.System);

    [Fact]
    public void Nodes_OfAStack_AreThoseOfLocalWithoutTheConfigurationStore() =>
        _nodes.All.Select(node => node.Name).Should().Equal(
            "postgres-1", "postgres-2", "pooler-1", "load-balancer-1", "spire-server-1", "spire-server-2", "spire-server-3", "spire-agent-1", "spire-agent-2", "workload-1");

    [Fact]
    public void Pod_OfAStatefulSet_IsTheNodeOfItsName()
    {
        See(new PodJson("spire-server-2", Roles.SpireServer) { Address = "10.1.0.2" });

        Node("spire-server-2").Address.ToString().Should().Be("10.1.0.2");
        Node("spire-server-1").Pod.Should().BeNull();
    }

    [Fact]
    public void Pods_OfADaemonSet_AreCountedByTheirKubernetesNodes()
    {
        See(new PodJson("spire-agent-xk2", Roles.SpireAgent) { Node = "node-b" });
        See(new PodJson("spire-agent-9qq", Roles.SpireAgent) { Node = "node-a" });

        Node("spire-agent-1").Pod!.Name.Should().Be("spire-agent-9qq");
        Node("spire-agent-2").Pod!.Name.Should().Be("spire-agent-xk2");
    }

    [Fact]
    public void Pod_OfADaemonSetThatEndsLate_DoesNotReplaceItsSuccessor()
    {
        See(new PodJson("spire-agent-new", Roles.SpireAgent) { Uid = "new" });
        See(new PodJson("spire-agent-old", Roles.SpireAgent) { Uid = "old", IsTerminating = true });
        _nodes.See("spire-agent-old", null);

        Node("spire-agent-1").Pod!.Name.Should().Be("spire-agent-new");
    }

    [Fact]
    public void Identity_OfAServer_SparesItsRelay()
    {
        See(new PodJson("spire-server-1", Roles.SpireServer));

        Node("spire-server-1").Identity.SparedContainers.Should().Equal("containerd://r1");
    }

    [Fact]
    public void Identity_WithoutAPod_SaysSo()
    {
        var act = () => Node("spire-server-1").Identity;

        act.Should().Throw<HarnessException>().WithMessage("spire-server-1 has no running pod right now: *");
    }

    private void See(PodJson pod) => _nodes.See(pod.Name, pod.Facts());

    private Validation.Environments.Cluster.Pods.PodNode Node(string name) => _nodes.All.First(node => node.Name == name);
}

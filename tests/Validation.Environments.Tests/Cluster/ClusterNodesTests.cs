using System.Net;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster;

public sealed class ClusterNodesTests
{
    private readonly ClusterNodes _nodes = new(
        StackSpec.Default,
        ["node-a", "node-b", "node-c"],
        new PodProcesses(new NodeHelpers(new RecordingKubectl("spire-validation-system"), (_, _) => throw new HarnessException(ExitCode.EnvironmentFailed, "no helper"), TimeProvider.System)),
        new PodObjects(new RecordingKubectl()),
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

    [Fact]
    public void Nodes_OfStatefulSets_CanBeScaledAndThoseOfDaemonSetsCannot() =>
        _nodes.All.Where(node => node is IReplica).Select(node => node.Role).Distinct()
            .Should().Equal(Roles.Postgres, Roles.Pooler, Roles.LoadBalancer, Roles.SpireServer);

    [Fact]
    public void Nodes_FromWhichTheLoadComes_CannotHaveTheirPodReplaced() =>
        _nodes.All.Where(node => node is not IPod).Select(node => node.Name).Should().Equal("workload-1");

    [Fact]
    public void Address_OfAnEarlierPod_LeadsToThePresentOne()
    {
        See(new PodJson("load-balancer-1", Roles.LoadBalancer) { Address = "10.1.0.2" });
        See(new PodJson("load-balancer-1", Roles.LoadBalancer) { Address = "10.1.0.9", Uid = "uid-2", Container = "containerd://c2" });

        _nodes.Present(IPAddress.Parse("10.1.0.2")).ToString().Should().Be("10.1.0.9");
        _nodes.Present(IPAddress.Parse("10.1.0.9")).ToString().Should().Be("10.1.0.9");
        _nodes.Present(IPAddress.Parse("10.1.0.77")).ToString().Should().Be("10.1.0.77");
    }

    [Fact]
    public void Address_OfAnEarlierPodThatAnotherNodeHasNow_IsThatNodes()
    {
        See(new PodJson("load-balancer-1", Roles.LoadBalancer) { Address = "10.1.0.2" });
        See(new PodJson("load-balancer-1", Roles.LoadBalancer) { Address = "10.1.0.9", Uid = "uid-2" });
        See(new PodJson("pooler-1", Roles.Pooler) { Address = "10.1.0.2" });

        _nodes.Present(IPAddress.Parse("10.1.0.2")).ToString().Should().Be("10.1.0.2");
    }

    [Fact]
    public void Pod_WithoutAKubernetesNode_SaysWhy()
    {
        See(new PodJson("spire-server-2", Roles.SpireServer) { Node = "node-b" });
        _nodes.See("spire-server-2", null);
        ((IPod)Node("spire-server-2")).PodUid.Should().BeNull();

        _nodes.See("spire-server-2", Pending());

        Node("spire-server-2").Status.Should().Be(new NodeStatus(NodeState.BackOff, 0, 1, "0/3 nodes are available: 1 node(s) were unschedulable."));
        ((IPod)Node("spire-server-2")).PodUid.Should().Be("uid-2");
        ((IPod)Node("spire-server-2")).KubernetesNode.Should().BeNull();
    }

    private static PodFacts Pending()
    {
        using var document = System.Text.Json.JsonDocument.Parse("""
            { "kind": "Pod", "metadata": { "name": "spire-server-2", "uid": "uid-2", "labels": { "validation/role": "spire-server" } }, "spec": {},
              "status": { "phase": "Pending", "conditions": [
                { "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available: 1 node(s) were unschedulable." } ] } }
            """);
        return PodFacts.Read(document.RootElement);
    }

    private void See(PodJson pod) => _nodes.See(pod.Name, pod.Facts());

    private PodNode Node(string name) => _nodes.All.First(node => node.Name == name);
}

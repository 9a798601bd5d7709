using Validation.Core.Stacks;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Kubernetes.Existing;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Kubernetes.Existing;

/// <summary>Which pod is which node, when pods follow each other.</summary>
public sealed class ExistingNodesTests
{
    private static readonly ExistingRole Where = new("spire", "app=spire", null, 8081);

    [Fact]
    public void Pod_OfAStatefulSetThatIsMadeAnew_IsTheSameNodeInItsNextIncarnation()
    {
        var nodes = Nodes(Roles.SpireServer, new OwnersPod("server-0") { Uid = "a" }, new OwnersPod("server-1") { Uid = "b" });

        nodes.See(Roles.SpireServer, "server-0", null);
        nodes.See(Roles.SpireServer, "server-1", null);
        nodes.See(Roles.SpireServer, "server-1", new OwnersPod("server-1") { Uid = "c", Address = "10.0.0.9" }.Facts());

        Node(nodes, "spire-server-2").Pod!.Uid.Should().Be("c");
        Node(nodes, "spire-server-2").Status.Incarnation.Should().Be(2);
        Node(nodes, "spire-server-2").Address.ToString().Should().Be("10.0.0.9");
        Node(nodes, "spire-server-1").Pod.Should().BeNull();
    }

    [Fact]
    public void Pod_OfADaemonSet_TakesThePlaceOnItsKubernetesNode()
    {
        var nodes = Nodes(Roles.SpireAgent, new OwnersPod("agent-x") { Uid = "a", Node = "node-a" }, new OwnersPod("agent-y") { Uid = "b", Node = "node-b" });
        nodes.See(Roles.SpireAgent, "agent-x", null);
        nodes.See(Roles.SpireAgent, "agent-y", null);

        nodes.See(Roles.SpireAgent, "agent-z", new OwnersPod("agent-z") { Uid = "c", Node = null }.Facts());
        Node(nodes, "spire-agent-1").Pod.Should().BeNull("nobody knows yet where the pod will be");
        nodes.See(Roles.SpireAgent, "agent-z", new OwnersPod("agent-z") { Uid = "c", Node = "node-b" }.Facts());

        Node(nodes, "spire-agent-1").Pod.Should().BeNull();
        Node(nodes, "spire-agent-2").Pod!.Name.Should().Be("agent-z");
    }

    [Fact]
    public void Pod_OfADeploymentThatComesBeforeTheOldOneGoes_WaitsForItsPlace()
    {
        var nodes = Nodes(Roles.SpireServer, new OwnersPod("server-x7") { Uid = "a" });

        nodes.See(Roles.SpireServer, "server-k2", new OwnersPod("server-k2") { Uid = "b", Node = "node-b" }.Facts());
        Node(nodes, "spire-server-1").Pod!.Uid.Should().Be("a");
        nodes.See(Roles.SpireServer, "server-x7", new OwnersPod("server-x7") { Uid = "a", IsTerminating = true }.Facts());
        Node(nodes, "spire-server-1").Pod!.Uid.Should().Be("b");
        nodes.See(Roles.SpireServer, "server-x7", null);

        Node(nodes, "spire-server-1").Pod!.Uid.Should().Be("b");
        Node(nodes, "spire-server-1").Status.Should().Be(new NodeStatus(NodeState.Ready, 1, 2));
    }

    [Fact]
    public void Pod_ThatIsOneTooMany_IsNoNode()
    {
        var nodes = Nodes(Roles.SpireServer, new OwnersPod("server-0") { Uid = "a" });

        nodes.See(Roles.SpireServer, "server-1", new OwnersPod("server-1") { Uid = "b" }.Facts());
        nodes.See(Roles.SpireAgent, "server-0", null);

        nodes.All.Should().ContainSingle().Which.Pod!.Uid.Should().Be("a");
    }

    private static ExistingNodes Nodes(string role, params OwnersPod[] pods) =>
        new(new FoundStack("v1.31.0", [new FoundRole(role, Where, "spire-server", OwnersPermission.Load, [.. pods.Select(pod => pod.Facts())], [])]), new RecordingKubectl(), null, TimeProvider.System);

    private static PodNode Node(ExistingNodes nodes, string name) => nodes.All.Single(node => node.Name == name);
}

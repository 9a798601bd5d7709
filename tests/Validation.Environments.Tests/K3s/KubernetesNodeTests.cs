using System.Net;
using System.Text.Json;
using Validation.Core.Stacks;
using Validation.Environments.K3s;
using Validation.Environments.Tests.K3s.Kit;
using Validation.TestKit;

namespace Validation.Environments.Tests.K3s;

public sealed class KubernetesNodeTests
{
    private const string First = "2026-11-20T12:00:00Z";
    private const string Second = "2026-11-20T12:05:00Z";
    private static readonly KubeletFacts SpokeAfterSecond = new(true, DateTimeOffset.Parse("2026-11-20T12:05:07Z", null));

    [Fact]
    public async Task Kill_HeldDown_IsNotStartedUntilItIsReleased()
    {
        var docker = Engine();
        var node = Node(docker);

        var receipt = await node.KillAsync(holdDown: true, CancellationToken.None);
        var down = docker.Writes.ToArray();
        docker.Answer("inspect", $"exited 137 0 {First}\n");
        node.See(new ContainerState("exited", 137, 0, First), null);
        var held = node.Status.State;
        await node.ReleaseAsync(CancellationToken.None);

        receipt.Processes.Should().Be(3);
        down.Should().Equal("docker kill box");
        held.Should().Be(NodeState.Held);
        docker.Writes.Should().Equal("docker kill box", "docker start box");
    }

    [Fact]
    public void See_StartedAgainWhileTheApiServerStillShowsTheOldLife_IsNotReadyYet()
    {
        var node = Node(Engine());
        node.See(new ContainerState("running", 0, 1, First), SpokeAfterSecond);

        node.See(new ContainerState("running", 0, 2, Second), new KubeletFacts(true, DateTimeOffset.Parse("2026-11-20T12:04:58Z", null)));
        var before = node.Status;
        node.See(new ContainerState("running", 0, 2, Second), SpokeAfterSecond);

        before.Should().BeEquivalentTo(new NodeStatus(NodeState.Starting, 1, 2, "its kubelet has not spoken since it was started"));
        node.Status.Should().Be(new NodeStatus(NodeState.Ready, 1, 2));
    }

    [Fact]
    public void See_TheApiServerIsSilentForLong_IsNotReadyAllTheWhileAndDoesNotStart()
    {
        var node = Node(Engine());
        var running = new ContainerState("running", 0, 1, First);
        node.See(running, SpokeAfterSecond);

        node.See(running, null);
        node.See(running, null);

        node.Status.Should().Be(new NodeStatus(NodeState.NotReady, 0, 1, "the API server does not tell"));
    }

    [Fact]
    public void See_WokenWhileTheApiServerIsSilent_IsNotReadyAndDoesNotStart()
    {
        var node = Node(Engine());
        node.See(new ContainerState("paused", 0, 1, First), SpokeAfterSecond);

        node.See(new ContainerState("running", 0, 1, First), null);

        node.Status.State.Should().Be(NodeState.NotReady);
    }

    [Fact]
    public void See_StartedAgain_StartsOnceWhetherTheApiServerTellsOrNot()
    {
        var node = Node(Engine());
        var states = new List<NodeState>();
        node.See(new ContainerState("exited", 137, 0, First), null);
        node.StateChanged += (_, status) => states.Add(status.State);

        node.See(new ContainerState("running", 0, 2, Second), null);
        node.See(new ContainerState("running", 0, 2, Second), new KubeletFacts(true, DateTimeOffset.Parse("2026-11-20T12:04:58Z", null)));
        node.See(new ContainerState("running", 0, 2, Second), SpokeAfterSecond);

        states.Should().Equal(NodeState.Starting, NodeState.Ready);
    }

    [Fact]
    public async Task Pause_NobodyResumes_IsWokenWhenTheLeaseEnds()
    {
        var docker = Engine();
        var time = new ManualClock();
        var node = Node(docker, time);

        await node.PauseAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        var before = docker.Writes.ToArray();
        time.Advance(TimeSpan.FromSeconds(31));

        before.Should().Equal("docker pause box");
        await Task.WhenAny(Task.Run(() => SpinWait.SpinUntil(() => docker.Writes.Contains("docker unpause box"), TimeSpan.FromSeconds(10))));
        docker.Writes.Should().Equal("docker pause box", "docker unpause box");
    }

    [Fact]
    public async Task Stop_ThatNeedsSigkill_DidNotEndWithinItsGrace()
    {
        var docker = Engine().Answer("inspect", $"exited 137 0 {First}\n");

        var receipt = await Node(docker).StopAsync(TimeSpan.FromSeconds(5), holdDown: true, CancellationToken.None);

        receipt.EndedWithinGrace.Should().BeFalse();
        docker.Writes.Should().Equal("docker stop --time=5 box");
    }

    [Fact]
    public void Facts_OfNodesAndLeases_AreBroughtTogether()
    {
        using var list = JsonDocument.Parse(
            """
            { "items": [
              { "kind": "Node", "metadata": { "name": "k3s-agent-1" }, "status": { "conditions": [ { "type": "Ready", "status": "True" } ] } },
              { "kind": "Node", "metadata": { "name": "k3s-agent-2" }, "status": { "conditions": [ { "type": "Ready", "status": "Unknown" } ] } },
              { "kind": "Lease", "metadata": { "name": "k3s-agent-1" }, "spec": { "renewTime": "2026-11-20T12:05:07.000000Z" } } ] }
            """);

        KubeletFacts.Parse(list.RootElement).Should().BeEquivalentTo(new Dictionary<string, KubeletFacts>
        {
            ["k3s-agent-1"] = SpokeAfterSecond,
            ["k3s-agent-2"] = new(false, null),
        });
    }

    [Fact]
    public void EchoRequests_OfAKernel_AreFoundByTheirName() => NodeNetwork.EchoRequests(
        "Ip: Forwarding DefaultTTL\nIp: 1 64\nIcmp: InMsgs InErrors InEchos\nIcmp: 12 0 7\n").Should().Be(7);

    private static RecordingDocker Engine() => K3sStage.Engine()
        .Answer("inspect", $"running 0 4711 {First}\n").Answer("top", "PID\n1\n2\n3\n").Answer("kill", "box").Answer("stop", "box").Answer("pause", "box").Answer("unpause", "box");

    private static KubernetesNode Node(RecordingDocker docker, TimeProvider? time = null) =>
        new("k3s-agent-1", "box", IPAddress.Parse("172.31.0.3"), docker, _ => Task.CompletedTask, time ?? TimeProvider.System);
}

using Validation.Core.Stacks;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster.Pods;

public sealed class PodProgressTests
{
    private static readonly PodJson Healthy = new("spire-server-1", Roles.SpireServer);

    private readonly PodProgress _progress = new(Roles.SpireServer);

    [Fact]
    public void Pod_NotSeenYet_IsStopped() => _progress.Status.State.Should().Be(NodeState.Stopped);

    [Fact]
    public void Pod_RunningForTheFirstTime_IsStartingUntilItIsReady()
    {
        See(Healthy with { IsReady = false });
        _progress.Status.Should().Be(new NodeStatus(NodeState.Starting, 0, 1));

        See(Healthy);
        _progress.Status.Should().Be(new NodeStatus(NodeState.Ready, 0, 1));

        See(Healthy with { IsReady = false });
        _progress.Status.State.Should().Be(NodeState.NotReady);
    }

    [Fact]
    public void Container_StartedAgain_IsTheNextIncarnation()
    {
        See(Healthy);
        See(Healthy with { IsRunning = false, IsReady = false });
        _progress.Status.Should().Be(new NodeStatus(NodeState.BackOff, 0, 1, "CrashLoopBackOff: Error, exit code 137"));

        See(Healthy with { Restarts = 1, Container = "containerd://c2", IsReady = false });
        _progress.Status.Should().Be(new NodeStatus(NodeState.Starting, 1, 2));
    }

    [Fact]
    public void Container_StartedTwiceBetweenTwoLooks_IsTwoIncarnationsLater()
    {
        See(Healthy);
        See(Healthy with { Restarts = 2, Container = "containerd://c3" });

        _progress.Status.Incarnation.Should().Be(3);
    }

    [Fact]
    public void Pod_MadeAnewUnderItsName_IsTheNextIncarnation()
    {
        See(Healthy);
        _progress.See(null);
        _progress.Status.State.Should().Be(NodeState.BackOff);

        See(Healthy with { Uid = "uid-2", Container = "containerd://d1" });
        _progress.Status.Should().Be(new NodeStatus(NodeState.Ready, 1, 2));
    }

    [Fact]
    public void Node_HeldDown_IsNotUpAgainBecauseItsKubeletTried()
    {
        See(Healthy);
        _progress.Hold(true);
        See(Healthy with { Restarts = 1, Container = "containerd://c2", IsReady = false });
        _progress.Status.Incarnation.Should().Be(1);

        _progress.Hold(false);
        See(Healthy with { Restarts = 2, Container = "containerd://c3" });
        _progress.Status.Should().Be(new NodeStatus(NodeState.Ready, 1, 2));
    }

    [Fact]
    public void Node_LetGo_WhoseKubeletWasQuickerThanTheNews_IsTheNextIncarnation()
    {
        See(Healthy);
        _progress.Hold(true);
        See(Healthy with { Restarts = 1, Container = "containerd://c2", IsReady = false });

        _progress.Hold(false);
        See(Healthy with { Restarts = 1, Container = "containerd://c2" });
        _progress.Status.Should().Be(new NodeStatus(NodeState.Ready, 1, 2));
    }

    [Fact]
    public void Node_LetGo_WhileWhatItsKubeletTriedIsDownAgain_IsStillTheSameIncarnation()
    {
        See(Healthy);
        _progress.Hold(true);
        See(Healthy with { Restarts = 1, Container = "containerd://c2", IsReady = false, IsRunning = false });

        _progress.Hold(false);

        _progress.Status.Incarnation.Should().Be(1);
        See(Healthy with { Restarts = 2, Container = "containerd://c3" });
        _progress.Status.Should().Be(new NodeStatus(NodeState.Ready, 1, 2));
    }

    [Fact]
    public void Node_HeldDownByTheHarness_IsHeldWhateverItsPodDoes()
    {
        See(Healthy);
        _progress.Hold(true);
        See(Healthy with { Restarts = 1, Container = "containerd://c2" });
        _progress.Status.State.Should().Be(NodeState.Held);
        _progress.Status.Incarnation.Should().Be(2, "it was ready although it should have been down");

        _progress.Hold(false);
        _progress.Status.State.Should().Be(NodeState.Ready);
    }

    [Fact]
    public void Node_FrozenByTheHarness_IsPausedWhileItRuns()
    {
        See(Healthy);
        _progress.Pause(true).Should().BeTrue();
        _progress.Status.State.Should().Be(NodeState.Paused);

        _progress.Pause(false).Should().BeTrue();
        _progress.Status.State.Should().Be(NodeState.Ready);
    }

    [Fact]
    public void SamePodAgain_IsNoChange()
    {
        See(Healthy);

        See(Healthy).Should().BeFalse();
    }

    private bool See(PodJson pod) => _progress.See(pod.Facts());
}

using Validation.Core.Stacks;
using Validation.Environments.Local.Supervisor;
using Validation.TestKit;

namespace Validation.Environments.Tests.Local.Supervisor;

public sealed class StatusBoardTests
{
    private readonly ManualClock _clock = new();
    private readonly StatusBoard _board;
    private readonly List<NodeState> _told = [];

    public StatusBoardTests()
    {
        _board = new StatusBoard(_clock);
        _board.StateChanged += status => _told.Add(status.State);
    }

    [Fact]
    public void Set_SameStateWithAnotherReason_KeepsTheReasonAndTellsNobody()
    {
        _board.Set(NodeState.NotReady, "first");
        _board.Set(NodeState.NotReady, "second");

        _board.Status.Reason.Should().Be("second");
        _told.Should().Equal(NodeState.NotReady);
    }

    [Fact]
    public void SetStarted_Twice_CountsOneRestart()
    {
        _board.SetStarted();
        _board.SetStarted();

        _board.Status.Should().Be(new NodeStatus(NodeState.Starting, Restarts: 1, Incarnation: 2));
        _told.Should().Equal(NodeState.Starting, NodeState.Starting);
    }

    [Fact]
    public async Task WaitUntil_ConditionComesTrue_Returns()
    {
        var waiting = _board.WaitUntilAsync(status => status.State == NodeState.Ready, TimeSpan.FromMinutes(1), CancellationToken.None);

        _board.Set(NodeState.Ready, null);

        (await waiting).Should().BeTrue();
    }

    [Fact]
    public async Task WaitUntil_LimitIsOver_SaysSo()
    {
        var waiting = _board.WaitUntilAsync(status => status.State == NodeState.Ready, TimeSpan.FromMinutes(1), CancellationToken.None);

        _clock.Advance(TimeSpan.FromMinutes(1));

        (await waiting).Should().BeFalse();
    }

    [Fact]
    public async Task WaitUntil_Cancelled_Throws()
    {
        using var cancelled = new CancellationTokenSource();
        var waiting = _board.WaitUntilAsync(_ => false, Timeout.InfiniteTimeSpan, cancelled.Token);

        await cancelled.CancelAsync();

        await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<OperationCanceledException>();
    }
}

using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.Environments.Local.Database;
using Validation.TestKit;

namespace Validation.Environments.Tests.Local.Database;

public sealed class DatabaseRoleWatchTests
{
    private readonly ManualClock _clock = new();
    private readonly DatabaseRoleWatch _watch;

    public DatabaseRoleWatchTests() =>
        _watch = new DatabaseRoleWatch("postgres-1", _ => Task.FromResult(PatroniReport.Unreachable), _clock);

    [Fact]
    public void Look_FirstAnswer_IsAChangeFromUnknown() =>
        _watch.Look(Replica(timeline: 1)).Should().Be(new DatabaseRoleChanged("postgres-1", DatabaseRole.Unknown, DatabaseRole.Replica, null, 1));

    [Fact]
    public void Look_SameAnswerAgain_IsNoChange()
    {
        _watch.Look(Replica(timeline: 1));

        _watch.Look(Replica(timeline: 1)).Should().BeNull();
    }

    [Fact]
    public void Look_Promoted_HasBothTimelines()
    {
        _watch.Look(Replica(timeline: 1));

        _watch.Look(Primary(timeline: 2)).Should().Be(new DatabaseRoleChanged("postgres-1", DatabaseRole.Replica, DatabaseRole.Primary, 1, 2));
    }

    [Fact]
    public void Look_ReplicaFollowsANewTimeline_IsAChange()
    {
        _watch.Look(Replica(timeline: 1));

        _watch.Look(Replica(timeline: 2))!.TimelineAfter.Should().Be(2);
    }

    [Fact]
    public void Look_OneAnswerMissing_IsNoChange()
    {
        _watch.Look(Primary(timeline: 1));

        _clock.Advance(TimeSpan.FromSeconds(1));

        _watch.Look(PatroniReport.Unreachable).Should().BeNull();
        _watch.Look(Primary(timeline: 1)).Should().BeNull();
    }

    [Fact]
    public void Look_SilentForThreeSeconds_IsUnknownUntilItAnswersWithItsNewRole()
    {
        _watch.Look(Primary(timeline: 1));

        _clock.Advance(TimeSpan.FromSeconds(3));

        _watch.Look(PatroniReport.Unreachable).Should().Be(new DatabaseRoleChanged("postgres-1", DatabaseRole.Primary, DatabaseRole.Unknown, 1, 1));
        _watch.Look(Replica(timeline: 2)).Should().Be(new DatabaseRoleChanged("postgres-1", DatabaseRole.Unknown, DatabaseRole.Replica, 1, 2));
    }

    private static PatroniReport Primary(int timeline) => new(DatabaseRole.Primary, "running", timeline, 100, false);

    private static PatroniReport Replica(int timeline) => new(DatabaseRole.Replica, "running", timeline, 100, true);
}

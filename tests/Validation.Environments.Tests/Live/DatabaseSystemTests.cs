using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed class DatabaseSystemTests
{
    private static readonly string[] Programs = ["etcd", "patroni", "postgres", "pgbouncer", "haproxy"];

    [SkippableFact]
    public Task Primary_KilledAndHeldDown_IsReplacedOnANewTimelineAndFollowsAfterItsRelease() => InsideAsync(FailOver);

    [SkippableFact]
    public Task Switchover_InGoodOrder_SwapsTheRolesWithAShortGap() => InsideAsync(SwitchOver);

    [SkippableFact]
    public Task Replica_CutOffFromThePrimary_HoldsWritesUpForSecondsOnly() => InsideAsync(CutTheReplica);

    [SkippableFact]
    public Task Primary_Paused_IsSeenAsUnreachableAndTakesWritesAfterwards() => InsideAsync(PauseThePrimary);

    // As an ordinary user, who is allowed less; root's databases fail over in the quick-start scenario.
    private static async Task InsideAsync(Func<SandboxInterior, string[], Task> body)
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser, Programs);
        await Sandboxed.RunAsync(As.OrdinaryUser, body);
    }

    private static async Task FailOver(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(interior, arguments);
        var (primary, replica) = await site.RolesAsync();

        await ((IKillable)primary).KillAsync(holdDown: true, CancellationToken.None);
        (await site.Database.TryWriteAsync(CancellationToken.None)).Should().BeFalse("nobody takes writes now");
        await StackInside.UntilAsync("the replica to be promoted", 35, async () => await site.RoleOfAsync(replica) == DatabaseRole.Primary);
        await StackInside.UntilAsync("writes through the load balancer", 10, () => site.Database.TryWriteAsync(CancellationToken.None));
        await ((IKillable)primary).ReleaseAsync(CancellationToken.None);
        await StackInside.UntilAsync("the former primary to follow", 30, async () => (await site.MemberAsync(primary)).IsSynchronous);
        await site.StopWatchingAsync();

        var changes = site.Events.Of<DatabaseRoleChanged>();
        changes.Should().Contain(new DatabaseRoleChanged(replica.Name, DatabaseRole.Replica, DatabaseRole.Primary, 1, 2));
        changes.Should().Contain(new DatabaseRoleChanged(primary.Name, DatabaseRole.Primary, DatabaseRole.Unknown, 1, 1));
        changes.Last(change => change.Node == primary.Name).Should().Match<DatabaseRoleChanged>(
            change => change.To == DatabaseRole.Replica && change.TimelineAfter == 2);
        // The leader lock lives 20 s, was renewed at most 2 s before, and a promotion takes a moment.
        site.Events.Of<DatabaseWriteGap>().Should().Contain(gap => gap.To - gap.From > TimeSpan.FromSeconds(15) && gap.To - gap.From < TimeSpan.FromSeconds(30));
        // Its probe may see that it is gone before its supervisor does, and Patroni may stop it once more, to rewind it to where the timelines parted.
        var states = site.Events.Of<NodeChanged>().Where(change => change.Node == primary.Name && change.State != NodeState.NotReady).Select(change => change.State).ToArray();
        states.Take(4).Should().Equal(NodeState.Ready, NodeState.Held, NodeState.Starting, NodeState.Ready);
        states.Skip(4).Should().NotContain(state => state != NodeState.Ready);
        (await site.MemberAsync(primary)).LagBytes.Should().BeLessThan(1_000_000);
    }

    private static async Task SwitchOver(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(interior, arguments);
        var (primary, replica) = await site.RolesAsync();

        await site.Database.SwitchoverAsync(primary, replica, CancellationToken.None);

        await StackInside.UntilAsync("the roles to be swapped", 15, async () =>
            await site.RoleOfAsync(primary) == DatabaseRole.Replica && await site.RoleOfAsync(replica) == DatabaseRole.Primary);
        await StackInside.UntilAsync("writes through the load balancer", 10, () => site.Database.TryWriteAsync(CancellationToken.None));
        await Task.Delay(1000);
        await site.StopWatchingAsync();
        site.Events.Of<DatabaseRoleChanged>().Should().Contain(change => change.Node == replica.Name && change.To == DatabaseRole.Primary && change.TimelineAfter == 2);
        site.Events.Of<DatabaseWriteGap>().Should().OnlyContain(gap => gap.To - gap.From < TimeSpan.FromSeconds(12));
        site.Events.Of<NodeChanged>().Should().OnlyContain(change => change.Restarts == 0);

        var again = () => site.Database.SwitchoverAsync(primary, replica, CancellationToken.None);
        (await again.Should().ThrowAsync<HarnessException>()).Which.Message.Should().Contain("refused the switchover");
    }

    private static async Task CutTheReplica(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(interior, arguments);
        var (primary, replica) = await site.RolesAsync();

        await using var cut = await ((INetworkControl)site.Stack).CutAsync(
            [new Link(primary, replica), new Link(replica, primary)], CancellationToken.None);
        await Task.Delay(500);
        await StackInside.UntilAsync("writes without the replica", 15, () => site.Database.TryWriteAsync(CancellationToken.None));
        await StackInside.UntilAsync("packets to be dropped both ways", 15, async () =>
            (await cut.ReadCountersAsync(CancellationToken.None)).All(row => row.Packets > 0));
        (await site.MemberAsync(primary)).Role.Should().Be(DatabaseRole.Primary, "it can still reach the configuration store");
        await cut.HealAsync(CancellationToken.None);
        await StackInside.UntilAsync("the replica to be synchronous again", 30, async () => (await site.MemberAsync(replica)).IsSynchronous);
        cut.Broken.Should().BeNull();
    }

    private static async Task PauseThePrimary(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(interior, arguments);
        var (primary, _) = await site.RolesAsync();

        await ((IPausable)primary).PauseAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        (await ((IPausable)primary).IsFrozenAsync(CancellationToken.None)).Should().BeTrue();
        (await site.MemberAsync(primary)).State.Should().Be("unreachable");
        (await site.Database.TryWriteAsync(CancellationToken.None)).Should().BeFalse();
        await Task.Delay(2000);
        await ((IPausable)primary).ResumeAsync(CancellationToken.None);

        await StackInside.UntilAsync("writes again", 15, () => site.Database.TryWriteAsync(CancellationToken.None));
        (await site.MemberAsync(primary)).Role.Should().Be(DatabaseRole.Primary, "two seconds are less than its lock lives");
        ((INode)primary).Status.Restarts.Should().Be(0);
    }

    /// <summary>A database stack that is being watched.</summary>
    private sealed class Site(IStack stack) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ended = new();
        private Task _watching = Task.CompletedTask;

        public IStack Stack => stack;

        public IDatabaseCluster Database => (IDatabaseCluster)stack;

        public EventList Events { get; } = new();

        public static async Task<Site> MakeAsync(SandboxInterior interior, string[] arguments)
        {
            var site = new Site(await StackInside.UpAsync(interior, arguments, TestStacks.Database));
            site._watching = site.Stack.WatchAsync(site.Events, site._ended.Token);
            await Task.Delay(1000);
            return site;
        }

        public async Task<(INode Primary, INode Replica)> RolesAsync()
        {
            var members = await Database.GetMembersAsync(CancellationToken.None);
            return (
                members.Single(member => member.Role == DatabaseRole.Primary).Node,
                members.Single(member => member is { Role: DatabaseRole.Replica, IsSynchronous: true }).Node);
        }

        public async Task<DatabaseMember> MemberAsync(INode node) =>
            (await Database.GetMembersAsync(CancellationToken.None)).Single(member => member.Node == node);

        public async Task<DatabaseRole> RoleOfAsync(INode node) => (await MemberAsync(node)).Role;

        public async Task StopWatchingAsync()
        {
            await _ended.CancelAsync();
            await _watching;
        }

        public async ValueTask DisposeAsync()
        {
            await StopWatchingAsync();
            await stack.DisposeAsync();
        }
    }
}

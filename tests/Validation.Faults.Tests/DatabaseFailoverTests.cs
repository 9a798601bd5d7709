using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class DatabaseFailoverTests : FaultTest
{
    [Fact]
    public async Task Failover_ThePrimaryDies_IsProvenHeldByAPromotionAndHealedByAFollower()
    {
        await using var injection = await InjectAsync(new DatabaseFailover(Clock));
        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().StartWith("postgres-1 (3 processes) killed");
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);

        Clock.Advance(TimeSpan.FromSeconds(22));
        Stack.Promote(Stack.Databases[1]);
        var held = await injection.ProveHeldAsync(CancellationToken.None);
        await injection.HealAsync(CancellationToken.None);
        var healed = await injection.ProveHealedAsync(CancellationToken.None);

        held.Should().Be(Proof.Proven("postgres-2 was promoted: timeline 1 → 2. It took 22s."));
        healed.Should().Be(Proof.Proven("postgres-2 takes writes on timeline 2; postgres-1 follows it."));
    }

    [Fact]
    public async Task Failover_ThePrimary_StaysDownUntilAnotherTookOver()
    {
        await using var injection = await InjectAsync(new DatabaseFailover(Clock));

        Stack.Databases[0].Status.State.Should().Be(NodeState.Held);
    }

    [Fact]
    public async Task Failover_NobodyIsPromoted_IsNotProven()
    {
        await using var injection = await InjectAsync(new DatabaseFailover(Clock));

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Failover_APromotionWithoutANewTimeline_IsNotOne()
    {
        await using var injection = await InjectAsync(new DatabaseFailover(Clock));
        Stack.Members =
        [
            FakeStack.Member(Stack.Databases[0], DatabaseRole.Unknown, null, "stopped"),
            FakeStack.Member(Stack.Databases[1], DatabaseRole.Primary, 1),
        ];

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Failover_WritesAreNotAcknowledged_IsNotHealed()
    {
        await using var injection = await InjectAsync(new DatabaseFailover(Clock));
        Stack.Promote(Stack.Databases[1]);
        Stack.TakesWrites = false;
        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Failover_ThereIsNoPrimary_IsRefused()
    {
        Stack.Members = [FakeStack.Member(Stack.Databases[0], DatabaseRole.Replica, 1)];

        await this.Invoking(test => test.InjectAsync(new DatabaseFailover(Clock))).Should().ThrowAsync<HarnessException>().WithMessage("*no primary*");
    }
}

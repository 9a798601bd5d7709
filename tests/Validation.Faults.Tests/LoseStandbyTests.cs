using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class LoseStandbyTests : FaultTest
{
    private string? _listed;

    public LoseStandbyTests()
    {
        Stack.Members = [Stack.Members[0], Stack.Members[1] with { IsSynchronous = true }];
        Stack.Database.Answer("SELECT state FROM pg_stat_replication", () => _listed);
        Stack.Database.Answer("SyncRep", () => "2");
        Stack.Database.Answer("sync_state", () => Stack.Databases[1].Status.State == NodeState.Ready ? "postgres-2" : null);
    }

    [Fact]
    public async Task Lose_ThePrimaryNoLongerListsIt_IsProvenUntilItIsSynchronousAgain()
    {
        await using var injection = await InjectAsync(new LoseStandby(), ("for", "5s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().EndWith("postgres-1 does not list it as a replica; 2 commits wait.");
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("postgres-1 and the cluster manager list postgres-2 as the synchronous standby."));
    }

    [Fact]
    public async Task Lose_TheClusterManagerDoesNotListItYet_IsNotOver()
    {
        await using var injection = await InjectAsync(new LoseStandby(), ("for", "5s"));
        await injection.HealAsync(CancellationToken.None);
        Stack.Members = [Stack.Members[0], Stack.Members[1] with { IsSynchronous = false }];

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Lose_ThePrimaryStillListsIt_IsNotProven()
    {
        _listed = "streaming";
        await using var injection = await InjectAsync(new LoseStandby(), ("for", "5s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.NotYet(
            "postgres-2 (3 processes) killed; none of these processes exists any more. postgres-1 still lists postgres-2 as streaming."));
    }

    [Fact]
    public async Task Lose_NoStandbyIsSynchronous_IsRefused()
    {
        Stack.Members = [Stack.Members[0], FakeStack.Member(Stack.Databases[1], DatabaseRole.Replica, 1)];

        await this.Invoking(test => test.InjectAsync(new LoseStandby(), ("for", "5s"))).Should().ThrowAsync<HarnessException>().WithMessage("There is no synchronous standby*");
    }
}

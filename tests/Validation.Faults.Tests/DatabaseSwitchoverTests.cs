using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class DatabaseSwitchoverTests : FaultTest
{
    [Fact]
    public async Task Switchover_TheRoleMoves_IsProvenAndHealed()
    {
        Stack.OnSwitchover = (_, to) => Stack.Promote((FakeNode)to);

        await using var injection = await InjectAsync(new DatabaseSwitchover());

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("postgres-1 is no longer primary."));
        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Proven("postgres-2 was promoted: timeline 1 → 2."));
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        Stack.Databases.Should().OnlyContain(node => node.Status.Restarts == 0, "a switchover kills nobody");
    }

    [Fact]
    public async Task Switchover_NothingHappens_IsNotProven()
    {
        await using var injection = await InjectAsync(new DatabaseSwitchover());

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Switchover_WritesAreRefusedBeforeTheRoleMoves_IsInForceFromThenOn()
    {
        await using var injection = await InjectAsync(new DatabaseSwitchover());
        Stack.TakesWrites = false;

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Switchover_TheClusterManagerRefuses_IsRefutedWithItsAnswer()
    {
        Stack.OnSwitchover = (_, _) => throw new HarnessException(ExitCode.EnvironmentFailed, "Patroni said: candidate is not healthy.");

        await using var injection = await InjectAsync(new DatabaseSwitchover());

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Refuted("Patroni said: candidate is not healthy."));
    }

    [Fact]
    public async Task Switchover_ThereIsNoReplica_IsRefused()
    {
        Stack.Members = [FakeStack.Member(Stack.Databases[0], DatabaseRole.Primary, 1)];

        await this.Invoking(test => test.InjectAsync(new DatabaseSwitchover())).Should().ThrowAsync<HarnessException>().WithMessage("*no replica*");
    }
}

using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class DcsAwayTests : FaultTest
{
    // Whose processes they are does not matter to a fake stack: its pooler stands for the store.
    private Task<IInjection> InjectAsync() => InjectAsync(new DcsAway(), ("target", "pooler"), ("for", "5s"));

    [Fact]
    public async Task Away_ThePrimaryStepsDown_HeldUntilOneTakesWritesAgain()
    {
        await using var injection = await InjectAsync();
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet, "there is still a primary");
        var members = Stack.Members;
        Stack.Members = [.. members.Select(member => FakeStack.Member(member.Node, DatabaseRole.Replica, 1))];

        (await injection.ProveHeldAsync(CancellationToken.None)).Statement.Should().StartWith("The primary has stepped down: postgres-1 replica");
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        Stack.Members = members;

        (await injection.ProveHealedAsync(CancellationToken.None)).Statement.Should().EndWith("postgres-1 is primary and takes writes.");
    }

    [Fact]
    public async Task Away_TheStoreSurvives_IsNotProven()
    {
        Stack.Pooler.IgnoresSignals = true;
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public void Away_WithoutATarget_IsTheWholeStore() =>
        new DcsAway().Kind.Parameters.Single(parameter => parameter.Name == "target").DefaultText.Should().Be(Roles.Dcs);
}

using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class EntryStormTests : FaultTest
{
    public EntryStormTests() => Stack.AgentNodes.Add(new FakeNode("spire-agent-1", Roles.SpireAgent));

    [Fact]
    public async Task Storm_Bursts_FollowEachOtherAndLeaveNothing()
    {
        await using var injection = await InjectStormAsync();
        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("20 entries with the hint 'storm-00000000' are listed."));

        Clock.Advance(TimeSpan.FromSeconds(3));
        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Proven("4 bursts created 80 entries; 20 of them are listed."));
        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        Stack.Spire.Entries.Should().BeEmpty();
    }

    [Fact]
    public async Task Storm_ServersThatTakeNoSecondBurst_IsNotProven()
    {
        await using var injection = await InjectStormAsync();
        Stack.Spire.Down.UnionWith(["spire-server-2", "spire-server-3"]);

        Clock.Advance(TimeSpan.FromSeconds(2));

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.NotYet("No burst has succeeded after the first one."));
    }

    [Fact]
    public async Task Storm_EntriesThatAreNotDeleted_IsNotHealed()
    {
        await using var injection = await InjectStormAsync();
        Stack.Spire.KeepsEntries = true;

        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("20 entries with the hint 'storm-00000000' are still listed."));
    }

    [Fact]
    public void Storm_ThatIsOverBeforeItsSecondBurst_IsRefused() =>
        new EntryStorm(Clock).Kind.Objection(Spec(new EntryStorm(Clock), ("interval", "2s"), ("for", "1s")), new StackShape([], new HashSet<Type>()))
            .Should().Contain("no second burst");

    private Task<IInjection> InjectStormAsync() => InjectAsync(new EntryStorm(Clock), ("entries", "20"), ("interval", "1s"), ("for", "3s"));
}

using Validation.Core;
using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class VersionRollTests : FaultTest
{
    [Fact]
    public async Task Roll_ThereAndBack_IsProvenByWhatTheNodesSayOfThemselves()
    {
        await using var injection = await InjectAsync(new VersionRoll(Clock), ("target", "spire-server"), ("wait", "1s"), ("for", "10s"));
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        Pass(3);

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(
            Proof.Proven("spire-server-1 is 1.16.0, spire-server-2 is 1.16.0, spire-server-3 is 1.16.0, and was 1.15.3."));
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        Pass(3);

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-server-1 is 1.15.3, spire-server-2 is 1.15.3, spire-server-3 is 1.15.3."));
        Stack.Servers.Select(server => server.Status.Incarnation).Should().Equal(3, 3, 3);
    }

    [Fact]
    public async Task Roll_ToTheSameVersion_IsRefuted()
    {
        Stack.Servers[1].VersionOf = _ => "1.15.3";
        await using var injection = await InjectAsync(new VersionRoll(Clock), ("target", "spire-server-2"), ("for", "10s"));
        Pass(1);

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Refuted("spire-server-2 says that it is 1.15.3, and was 1.15.3 before."));
    }

    [Fact]
    public async Task Roll_TheNextReleaseDoesNotGetReady_GoesBackFromWhereItIs()
    {
        Stack.Servers[0].StaysDown = true;
        await using var injection = await InjectAsync(new VersionRoll(Clock), ("target", "spire-server"), ("wait", "1s"), ("for", "10s"));
        Pass(3);
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);

        Stack.Servers[0].StaysDown = false;
        await injection.HealAsync(CancellationToken.None);
        Pass(4);

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Roll_ThatIsEndedBeforeItsTime_LeavesNoNodeAsTheNextRelease()
    {
        var injection = await InjectAsync(new VersionRoll(Clock), ("target", "spire-server"), ("wait", "1s"), ("for", "10s"));
        Pass(1);

        await injection.DisposeAsync();

        foreach (var server in Stack.Servers)
        {
            (await server.ReadVersionAsync(CancellationToken.None)).Should().Be("1.15.3");
        }

        Stack.Servers[0].Status.Incarnation.Should().BeGreaterThan(2, "it was the next release");
        Stack.Servers[2].Status.Incarnation.Should().Be(1);
    }

    [Fact]
    public async Task Roll_OfANodeThatDoesNotSayWhatItIs_IsRefused()
    {
        Stack.Servers[1].VersionOf = _ => null;

        await FluentActions.Awaiting(() => InjectAsync(new VersionRoll(Clock), ("target", "spire-server-2"), ("for", "10s"))).Should().ThrowAsync<HarnessException>();
        Stack.Servers[1].Status.Incarnation.Should().Be(1);
    }

    private void Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }
}

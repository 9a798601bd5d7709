using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class RollingRestartTests : FaultTest
{
    [Fact]
    public async Task Rolling_EachNode_IsRestartedWhenTheOneBeforeHasBeenReady()
    {
        await using var injection = await InjectAsync(new RollingRestart(Clock), ("target", "spire-server"), ("wait", "10s"));
        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-server-1 is the first of 3 to be restarted."));
        Stack.Servers.Select(server => server.Status.Incarnation).Should().Equal(2, 1, 1);

        Clock.Advance(TimeSpan.FromSeconds(10));
        Stack.Servers.Select(server => server.Status.Incarnation).Should().Equal(2, 2, 1);
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        Clock.Advance(TimeSpan.FromSeconds(10));
        Clock.Advance(TimeSpan.FromSeconds(10));

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-server-1, spire-server-2, spire-server-3 restarted, one after the other."));
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Rolling_TheFirstNodeDoesNotComeBack_TheOthersAreLetBe()
    {
        Stack.Servers[0].StaysDown = true;
        await using var injection = await InjectAsync(new RollingRestart(Clock), ("target", "spire-server"));

        Clock.Advance(TimeSpan.FromMinutes(1));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        Stack.Servers[1].Status.Should().Be(new NodeStatus(NodeState.Ready, 0, 1));
    }
}

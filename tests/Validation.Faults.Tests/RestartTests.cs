using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class RestartTests : FaultTest
{
    [Fact]
    public async Task Restart_ANode_IsReadyInANewIncarnationAtOnce()
    {
        await using var injection = await InjectAsync(new Restart(), ("target", "spire-server-1"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().StartWith("spire-server-1 (3 processes) stopped and started again");
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        Stack.Servers[0].Status.Should().Be(new NodeStatus(NodeState.Ready, 1, 2));
    }

    [Fact]
    public async Task Restart_ANodeThatSurvives_IsNotProven()
    {
        Stack.Servers[0].IgnoresSignals = true;
        await using var injection = await InjectAsync(new Restart(), ("target", "spire-server-1"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Restart_ANodeThatDoesNotComeBack_IsNotHealed()
    {
        Stack.Servers[0].StaysDown = true;
        await using var injection = await InjectAsync(new Restart(), ("target", "spire-server-1"));

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }
}

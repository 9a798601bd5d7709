using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class MemoryLimitTests : FaultTest
{
    [Fact]
    public async Task Memory_EveryProcessLimited_IsProvenHeldAndHealed()
    {
        Stack.Servers[0].Limited = [new(7, 3 << 20, IsLimited: true), new(8, 1 << 19, IsLimited: true)];
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(
            Proof.Proven("The kernel grants none of 2 processes of spire-server-1 more than another 3.0 MiB."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Memory_OneProcessWithoutLimit_IsNotProven()
    {
        Stack.Servers[0].Limited = [new(7, 0, IsLimited: true), new(8, 0, IsLimited: false)];
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Memory_ANodeThatEndedByIt_IsHealedWhenItIsReadyAgain()
    {
        Stack.Servers[0].Status = new NodeStatus(NodeState.BackOff, 1, 1);
        await using var injection = await InjectAsync();
        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        Stack.Servers[0].Restart();
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    private Task<IInjection> InjectAsync() => InjectAsync(new MemoryLimit(), ("target", "spire-server-1"), ("mebibytes", "3"), ("for", "5s"));
}

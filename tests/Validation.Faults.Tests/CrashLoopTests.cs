using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class CrashLoopTests : FaultTest
{
    private Task<IInjection> InjectAsync() => InjectAsync(new CrashLoop(Clock), ("target", "spire-server-1"), ("for", "5s"));

    [Fact]
    public async Task Crash_KilledWhileItStarts_IsProvenAndCounted()
    {
        Stack.Servers[0].StaysDown = true;
        await using var injection = await InjectAsync();
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet, "it was killed once");

        StartAgain(2);
        Clock.Advance(TimeSpan.FromMilliseconds(50));
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        StartAgain(3);
        Clock.Advance(TimeSpan.FromMilliseconds(50));

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-server-1 was killed 3 times and was never ready."));
        await injection.HealAsync(CancellationToken.None);
        Stack.Servers[0].Status = new NodeStatus(NodeState.Ready, 3, 4);
        Clock.Advance(TimeSpan.FromMilliseconds(50));
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-server-1 ready again, 3 restarts in all."));
    }

    [Fact]
    public async Task Crash_ReadyInBetween_DidNotHold()
    {
        await using var injection = await InjectAsync();
        Clock.Advance(TimeSpan.FromMilliseconds(50));

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted, "a fake node is ready as soon as it is started again");
    }

    [Fact]
    public async Task Crash_ThereIsNoProcess_IsRefuted()
    {
        Stack.Servers[0].Processes = 0;
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    private void StartAgain(int incarnation)
    {
        Stack.Servers[0].Processes = 1;
        Stack.Servers[0].Status = new NodeStatus(NodeState.Starting, incarnation - 1, incarnation);
    }
}

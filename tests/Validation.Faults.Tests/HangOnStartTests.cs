using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class HangOnStartTests : FaultTest
{
    public HangOnStartTests() => Stack.Servers[0].StartsSlowly = true;

    private Task<IInjection> InjectAsync() => InjectAsync(new HangOnStart(), ("target", "spire-server-1"), ("for", "5s"));

    [Fact]
    public async Task Hang_FrozenBeforeItIsReady_IsProvenUntilItIs()
    {
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-server-1 was started again and hangs: 3 processes, all of them stopped."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Hang_ReadyBeforeItIsFrozen_IsRefuted()
    {
        Stack.Servers[0].StartsSlowly = false;
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Refuted("spire-server-1 was ready before it could be frozen."));
    }

    [Fact]
    public async Task Hang_WokenByItsLease_DidNotHold()
    {
        await using var injection = await InjectAsync();
        await Stack.Servers[0].ResumeAsync(CancellationToken.None);

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }
}

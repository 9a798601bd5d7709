using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class PauseTests : FaultTest
{
    [Fact]
    public async Task Pause_AFrozenNode_IsProvenHeldAndHealed()
    {
        await using var injection = await InjectAsync(new Pause(), ("target", "spire-server-1"), ("for", "5s"));

        injection.Length.Should().Be(TimeSpan.FromSeconds(5));
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Pause_ANodeThatDoesNotFreeze_IsNotProven()
    {
        Stack.Servers[0].IgnoresSignals = true;

        await using var injection = await InjectAsync(new Pause(), ("target", "spire-server-1"), ("for", "5s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Pause_ANodeThatWakesTooEarly_IsRefuted()
    {
        await using var injection = await InjectAsync(new Pause(), ("target", "spire-server-1"), ("for", "5s"));
        await Stack.Servers[0].ResumeAsync(CancellationToken.None);

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public async Task Pause_WhenDisposed_WakesTheNode()
    {
        await (await InjectAsync(new Pause(), ("target", "spire-server-1"), ("for", "5s"))).DisposeAsync();

        (await Stack.Servers[0].IsFrozenAsync(CancellationToken.None)).Should().BeFalse();
    }
}

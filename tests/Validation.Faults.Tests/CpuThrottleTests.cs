using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class CpuThrottleTests : FaultTest
{
    [Fact]
    public async Task Throttle_ANodeThatUsesItsShareAndWantsMore_IsProvenHeldAndHealed()
    {
        await using var injection = await InjectAsync("50%");

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().Be(
            "spire-server-1 (2 processes) has used 50.0 % of a processor in 2.0 s, of 50.0 %; stopped 3 times.");
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Throttle_ANodeThatUsesMoreThanItsShare_IsNotProven()
    {
        await using var injection = await InjectAsync("40%");

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Throttle_ANodeThatNeverWantedMore_DidNotHold()
    {
        Stack.Servers[0].Use = Stack.Servers[0].Use with { Stops = 0 };
        await using var injection = await InjectAsync("50%");

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Throttle_ANodeThatIsStillStopped_IsNotHealed()
    {
        await using var injection = await InjectAsync("50%");
        await Stack.Servers[0].PauseAsync(TimeSpan.Zero, CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    private Task<IInjection> InjectAsync(string share) => InjectAsync(new CpuThrottle(), ("target", "spire-server-1"), ("share", share), ("for", "5s"));
}

using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class CpuStressTests : FaultTest
{
    [Fact]
    public async Task Stress_ProcessesThatUseProcessorTime_AreProvenHeldAndHealed()
    {
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(
            Proof.Proven("2 busy processes on spire-server-1 have used 1.00 s of processor time in 2.0 s."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Stress_ProcessesThatGetAlmostNoTime_DidNotHold()
    {
        Stack.Servers[0].Use = Stack.Servers[0].Use with { Used = TimeSpan.FromMilliseconds(10) };
        await using var injection = await InjectAsync();

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Stress_AProcessThatEndedEarly_IsRefuted()
    {
        Stack.Servers[0].Use = Stack.Servers[0].Use with { Processes = 1 };
        await using var injection = await InjectAsync();

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public async Task Stress_AProcessThatStays_IsNotHealed()
    {
        await using var injection = await InjectAsync();

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    private Task<IInjection> InjectAsync() => InjectAsync(new CpuStress(), ("target", "spire-server-1"), ("workers", "2"), ("for", "5s"));
}

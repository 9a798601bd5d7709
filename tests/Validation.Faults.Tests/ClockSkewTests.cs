using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class ClockSkewTests : FaultTest
{
    [Theory]
    [InlineData("ahead", 30)]
    [InlineData("behind", -30)]
    public async Task Skew_ANodeThatSaysAnotherTime_IsProvenHeldAndHealed(string direction, int seconds)
    {
        await using var injection = await InjectAsync(direction);

        Stack.Servers[0].ClockIsOffBy.Should().Be(TimeSpan.FromSeconds(seconds));
        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().EndWith($", 30 s {direction}.");
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).Statement.Should().EndWith(", 0 s ahead.");
    }

    [Fact]
    public async Task Skew_AProgramThatAsksAnotherClock_IsNotProven()
    {
        await using var injection = await InjectAsync("ahead");
        Stack.Servers[0].ClockIsOffBy = TimeSpan.Zero;

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Skew_AClockThatStaysOff_IsNotHealed()
    {
        await using var injection = await InjectAsync("ahead");
        await injection.HealAsync(CancellationToken.None);
        Stack.Servers[0].ClockIsOffBy = TimeSpan.FromSeconds(30);

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Skew_ANodeThatDoesNotAnswer_IsNotProven()
    {
        await using var injection = await InjectAsync("ahead");
        Stack.Servers[0].ClockIsOffBy = null;

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    private Task<IInjection> InjectAsync(string direction)
    {
        Stack.Servers[0].Time = Clock;
        return InjectAsync(new ClockSkew(Clock), ("target", "spire-server-1"), ("by", "30s"), ("direction", direction), ("for", "5s"));
    }
}

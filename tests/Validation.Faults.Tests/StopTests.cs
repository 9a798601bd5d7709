using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class StopTests : FaultTest
{
    [Fact]
    public async Task Stop_ANodeThatEnds_SaysHow()
    {
        await using var injection = await InjectAsync(new Stop(), ("target", "spire-server-1"), ("grace", "5s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should()
            .Be("spire-server-1 (3 processes) stopped within the grace period; none of these processes exists any more.");
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Stop_ANodeThatSurvives_IsNotProven()
    {
        Stack.Servers[0].IgnoresSignals = true;

        await using var injection = await InjectAsync(new Stop(), ("target", "spire-server-1"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }
}

using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class KillTests : FaultTest
{
    [Fact]
    public async Task Kill_ANodeThatDies_IsProvenAndHealsWithItsRestart()
    {
        await using var injection = await InjectAsync(new Kill(), ("target", "spire-server-2"));

        var injected = await injection.ProveInjectedAsync(CancellationToken.None);
        var healed = await injection.ProveHealedAsync(CancellationToken.None);

        injected.Should().Be(Proof.Proven("spire-server-2 (3 processes) killed; none of these processes exists any more."));
        healed.Should().Be(Proof.Proven("spire-server-2 ready again."));
        Stack.Servers[1].Status.Incarnation.Should().Be(2);
    }

    [Fact]
    public async Task Kill_ANodeThatSurvives_IsNotProven()
    {
        Stack.Servers[1].IgnoresSignals = true;

        await using var injection = await InjectAsync(new Kill(), ("target", "spire-server-2"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Kill_ANodeWithoutProcesses_IsRefuted()
    {
        Stack.Servers[1].Processes = 0;

        await using var injection = await InjectAsync(new Kill(), ("target", "spire-server-2"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted, "nothing was hit");
    }

    [Fact]
    public async Task Kill_WithHold_StaysDownUntilItIsHealed()
    {
        await using var injection = await InjectAsync(new Kill(), ("target", "spire-server/all"), ("hold", "20s"));

        injection.Length.Should().Be(TimeSpan.FromSeconds(20));
        Stack.Servers.Should().OnlyContain(server => server.Processes == 0);
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);

        await injection.HealAsync(CancellationToken.None);

        Stack.Servers.Should().OnlyContain(server => server.Processes > 0);
    }

    [Fact]
    public async Task Kill_AHeldNodeThatComesBackTooEarly_IsRefuted()
    {
        await using var injection = await InjectAsync(new Kill(), ("target", "spire-server-1"), ("hold", "20s"));
        Stack.Servers[0].Restart();

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public async Task Kill_ANodeThatDoesNotComeBack_IsNotHealed()
    {
        Stack.Servers[0].StaysDown = true;

        await using var injection = await InjectAsync(new Kill(), ("target", "spire-server-1"));

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Kill_WhenDisposed_ReleasesWhatItHeld()
    {
        await (await InjectAsync(new Kill(), ("target", "spire-server-1"), ("hold", "20s"))).DisposeAsync();

        Stack.Servers[0].Processes.Should().BePositive();
    }
}

using System.Globalization;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class HoldConnectionsTests : FaultTest
{
    private int _inUse = 60;

    public HoldConnectionsTests() =>
        Stack.Database.Answer("max_connections", () => (97 - _inUse - Stack.Database.Sessions).ToString(CultureInfo.InvariantCulture));

    [Fact]
    public async Task Hold_NoneRemainsAndALoginIsRefused_IsProvenUntilTheyAreClosed()
    {
        Stack.Database.LoginRefusal = () => Stack.Database.Sessions >= 37 ? DatabaseErrors.TooManyConnections : null;
        await using var injection = await InjectAsync(new HoldConnections(Clock), ("for", "2s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(
            Proof.Proven("36 connections held at postgres-1, 0 remain for others; a login of spire is refused: too many clients."));
        await injection.HealAsync(CancellationToken.None);

        Stack.Database.Sessions.Should().Be(1, "the administrator's own is left");
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Hold_SomeShallRemain_LeavesExactlyThem()
    {
        await using var injection = await InjectAsync(new HoldConnections(Clock), ("leave", "10"), ("for", "2s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("26 connections held at postgres-1, 10 remain for others."));
    }

    [Fact]
    public async Task Hold_OthersGiveConnectionsBack_TakesThemToo()
    {
        await using var injection = await InjectAsync(new HoldConnections(Clock), ("leave", "10"), ("for", "2s"));
        _inUse -= 20;
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);

        Clock.Advance(TimeSpan.FromSeconds(1));

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Proven("46 connections held at postgres-1, 10 remain for others."));
    }

    [Fact]
    public async Task Hold_ALoginIsStillAccepted_IsNotProven()
    {
        await using var injection = await InjectAsync(new HoldConnections(Clock), ("for", "2s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Hold_NothingIsFreeYet_IsNotProvenBeforeSomethingIsTaken()
    {
        _inUse = 97;
        await using var injection = await InjectAsync(new HoldConnections(Clock), ("leave", "10"), ("for", "2s"));
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        _inUse = 60;

        Clock.Advance(TimeSpan.FromSeconds(1));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("26 connections held at postgres-1, 10 remain for others."));
    }
}

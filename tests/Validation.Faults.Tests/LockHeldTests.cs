using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class LockHeldTests : FaultTest
{
    private string? _granted = "ExclusiveLock";

    public LockHeldTests()
    {
        Stack.Database.Answer("pg_backend_pid", () => "77");
        Stack.Database.Answer("FROM pg_locks", () => _granted);
        Stack.Database.Answer("pg_blocking_pids", () => "4");
        Stack.Database.Refuse("NOWAIT", () => Stack.Database.Sessions == 2 ? DatabaseErrors.LockNotAvailable : null);
    }

    [Fact]
    public async Task LockHeld_AWriterIsRefused_IsProvenUntilItsSessionEnds()
    {
        await using var injection = await InjectAsync(new LockHeld(), ("table", "bundles"), ("mode", "share-row-exclusive"), ("for", "2s"));

        Stack.Database.Statements.Should().ContainInOrder("BEGIN", "LOCK TABLE public.bundles IN SHARE ROW EXCLUSIVE MODE");
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHeldAsync(CancellationToken.None)).Statement.Should().EndWith("4 sessions wait for it.");
        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("A writer's lock on bundles is granted again."));
    }

    [Fact]
    public async Task LockHeld_AWriterIsNotRefused_IsNotProven()
    {
        Stack.Database.Refuse("NOWAIT", () => null);
        await using var injection = await InjectAsync(new LockHeld(), ("for", "2s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task LockHeld_TheServerEndedItsSession_DidNotHold()
    {
        await using var injection = await InjectAsync(new LockHeld(), ("for", "2s"));
        _granted = null;

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public async Task LockHeld_ThereIsNoSuchTable_LeavesNoSession()
    {
        Stack.Database.Refuse("LOCK TABLE public.nonsense", () => "42P01");

        await this.Invoking(test => test.InjectAsync(new LockHeld(), ("table", "nonsense"), ("for", "2s"))).Should().ThrowAsync<HarnessException>();

        Stack.Database.Sessions.Should().Be(0);
    }
}

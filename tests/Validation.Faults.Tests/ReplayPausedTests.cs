using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class ReplayPausedTests : FaultTest
{
    private string? _waitsFor = "Lock";
    private string _replayed = "0/40";
    private string _behind = "4096";

    public ReplayPausedTests()
    {
        Stack.Database.Answer("to_regclass", () => "validation_replay_postgres_2");
        Stack.Database.Answer("backend_type = 'startup'", () => _waitsFor);
        Stack.Database.Answer("SELECT pg_last_wal_replay_lsn", () => _replayed);
        Stack.Database.Answer("pg_current_wal_lsn", () => "0/1040");
        Stack.Database.Answer("pg_wal_lsn_diff", () => _behind);
    }

    private Task<IInjection> InjectAsync() => InjectAsync(new ReplayPaused(Clock), ("for", "5s"));

    [Fact]
    public async Task Paused_TheReplayWaitsAndStands_IsProvenUntilItHasAppliedAll()
    {
        await using var injection = await InjectAsync();
        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("The replay of postgres-2 waits for a lock at 0/40."));
        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Proven("postgres-2 still stands at 0/40, 4,096 bytes behind the primary."));

        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        _behind = "0";

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("postgres-2 has applied all up to 0/1040."));
        Stack.Database.Statements.Should().ContainInOrder(
            "BEGIN", "LOCK TABLE public.validation_replay_postgres_2 IN ACCESS SHARE MODE", "DROP TABLE public.validation_replay_postgres_2", "ALTER SYSTEM RESET max_standby_streaming_delay");
        Stack.Database.Sessions.Should().Be(0);
    }

    [Fact]
    public async Task Paused_TheServersHoldTheLeases_BeforeAnythingIsChanged()
    {
        await using var injection = await InjectAsync();

        Stack.Database.GuardOf("CREATE TABLE").Should().Contain("interval '35 s'").And.EndWith("DROP TABLE IF EXISTS public.validation_replay_postgres_2");
        Stack.Database.GuardOf("ALTER SYSTEM SET").Should().EndWith("ALTER SYSTEM RESET max_standby_streaming_delay; SELECT pg_reload_conf()");
    }

    [Fact]
    public async Task Paused_TheReplicaIsAway_IsTakenBackWhenItIsThereAgain()
    {
        await using var injection = await InjectAsync();
        string? refusal = DatabaseErrors.ConnectionFailure;
        Stack.Database.Refuse("ALTER SYSTEM RESET", () => refusal);
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);

        (refusal, _behind) = (null, "0");

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        Stack.Database.Sessions.Should().Be(0);
    }

    [Fact]
    public async Task Paused_TheReplayDoesNotWait_IsNotProven()
    {
        _waitsFor = "Activity";
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Paused_TheReplayWentOn_DidNotHold()
    {
        await using var injection = await InjectAsync();
        await injection.ProveInjectedAsync(CancellationToken.None);
        _replayed = "0/80";

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Refuted("postgres-2 went on from 0/40 to 0/80 before its time."));
    }

    [Fact]
    public async Task Paused_NothingWasWritten_ProvesNothing()
    {
        await using var injection = await InjectAsync();
        await injection.ProveInjectedAsync(CancellationToken.None);
        _behind = "0";

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }
}

using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class TwoLeadersTests : FaultTest
{
    private readonly Queue<string> _inRecovery = new();
    private string? _refusal = DatabaseErrors.ConnectionFailure;

    public TwoLeadersTests()
    {
        Stack.Database.Answer("pg_is_in_recovery", () => _inRecovery.TryDequeue(out var answer) ? answer : "false");
        Stack.Members = [Stack.Members[0], Stack.Members[1] with { IsSynchronous = true }];
        Stack.Database.Answer("pg_stat_replication", () => "1");
        Stack.Database.Refuse("pg_logical_emit_message", () => _refusal);
    }

    // The old one follows.
    private void EndInRecovery()
    {
        _inRecovery.Enqueue("false");
        _inRecovery.Enqueue("true");
    }

    private Task<IInjection> InjectAsync() => InjectAsync(new TwoLeaders(Clock), ("for", "5s"));

    // The new one is promoted, and of the old one only its silent cluster manager is known.
    private void Promote()
    {
        Stack.Promote(Stack.Databases[1]);
        Stack.Members = [Stack.Members[0] with { Role = DatabaseRole.Unknown, State = "unreachable" }, Stack.Members[1] with { IsSynchronous = false }];
    }

    [Fact]
    public async Task Two_BothAreNotInRecovery_IsProvenUntilTheOldOneStreams()
    {
        await using var injection = await InjectAsync();
        Promote();
        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven(
            "postgres-2 was promoted: timeline 1 → 2. Not in recovery: postgres-2, postgres-1."));
        (await injection.ProveHeldAsync(CancellationToken.None)).Statement.Should().EndWith("Of 1 writes at postgres-1 it acknowledged 0; through the load balancer 1 were.");

        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        EndInRecovery();
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.NotYet(
            "postgres-2 alone is not in recovery, takes writes and has every replica streaming, but the cluster manager lists no synchronous standby."));
        EndInRecovery();
        Stack.Members = [Stack.Members[0] with { IsSynchronous = true }, Stack.Members[1] with { IsSynchronous = false }];

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("postgres-2 alone is not in recovery and takes writes; replicas that stream from it: 1."));
        Events.Facts.Should().Equal(new OldPrimaryWritten("postgres-1", Acknowledged: false));
    }

    [Fact]
    public async Task Two_ThatEndAnew_KillTheOldOneOnce()
    {
        var injection = await InjectAsync(new TwoLeaders(Clock), ("for", "5s"), ("ends", "anew"));
        Promote();
        await injection.ProveInjectedAsync(CancellationToken.None);
        var incarnation = Stack.Databases[0].Status.Incarnation;

        await injection.HealAsync(CancellationToken.None);
        await injection.DisposeAsync();

        Stack.Databases[0].Status.Incarnation.Should().Be(incarnation + 1);
        (await Stack.Databases[0].IsManagerFrozenAsync(CancellationToken.None)).Should().BeFalse();
    }

    [Fact]
    public async Task Two_TheOldOneAcknowledgesAWrite_IsRecorded()
    {
        _refusal = null;
        await using var injection = await InjectAsync();
        Promote();
        await injection.ProveInjectedAsync(CancellationToken.None);

        (await injection.ProveHeldAsync(CancellationToken.None)).Statement.Should().Contain("it acknowledged 1;");
        Events.Facts.Should().Equal(new OldPrimaryWritten("postgres-1", Acknowledged: true));
    }

    [Fact]
    public async Task Two_WokenBeforeTheLockRanOut_IsNotProven()
    {
        await using var injection = await InjectAsync();
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        await Stack.Databases[0].ResumeAsync(CancellationToken.None);

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public async Task Two_TheOldOneHasSteppedDown_IsNotProven()
    {
        await using var injection = await InjectAsync();
        Promote();
        _inRecovery.Enqueue("false");
        _inRecovery.Enqueue("true");

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("Not in recovery: postgres-2 alone."));
    }

    [Fact]
    public async Task Two_NoStandbyIsSynchronous_IsRefused()
    {
        Stack.Members = [Stack.Members[0], Stack.Members[1] with { IsSynchronous = false }];

        await this.Invoking(test => test.InjectAsync()).Should().ThrowAsync<HarnessException>().WithMessage("There is no synchronous standby*");
    }

    [Fact]
    public async Task Two_NobodyTakesWrites_DidNotHold()
    {
        Stack.TakesWrites = false;
        await using var injection = await InjectAsync();
        Promote();
        await injection.ProveInjectedAsync(CancellationToken.None);

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.NotYet("No write through the load balancer was acknowledged."));
    }
}

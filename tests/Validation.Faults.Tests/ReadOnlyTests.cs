using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class ReadOnlyTests : FaultTest
{
    private string? _error = DatabaseErrors.ReadOnlyTransaction;

    public ReadOnlyTests()
    {
        Stack.Database.Answer("txid_current", () => "7");
        Stack.Database.Answer("FROM pg_tables", () => "bundles,join_tokens");
        Stack.Database.Refuse("DELETE FROM public.join_tokens", () => _error);
        Stack.Database.Refuse("DELETE FROM public.bundles", () => DatabaseErrors.ReadOnlyTransaction);
    }

    [Fact]
    public async Task ReadOnly_EveryTableRefusesWrites_IsProven()
    {
        await using var injection = await InjectAsync(new ReadOnly(), ("for", "2s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("A write to each of 2 tables is refused: read-only transaction."));
    }

    [Fact]
    public async Task ReadOnly_OneTableTakesWrites_IsNotProven()
    {
        _error = null;
        await using var injection = await InjectAsync(new ReadOnly(), ("for", "2s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("A write to join_tokens is accepted, or refused for another reason."));
    }

    [Fact]
    public async Task ReadOnly_WithoutAPrimary_IsTakenBackWhenThereIsOneAgain()
    {
        await using var injection = await InjectAsync(new ReadOnly(), ("for", "2s"));
        var members = Stack.Members;
        Stack.Members = [];

        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        Stack.Members = members;
        await injection.ProveHealedAsync(CancellationToken.None);

        Stack.Database.Statements.Should().Contain(["DROP TRIGGER IF EXISTS validation_read_only_7 ON public.bundles", "DROP FUNCTION IF EXISTS public.validation_read_only_7()"]);
    }

    [Fact]
    public async Task ReadOnly_TheServerHoldsTheLease_BeforeAnyTriggerIsThere()
    {
        await using var injection = await InjectAsync(new ReadOnly(), ("for", "2s"));

        Stack.Database.GuardOf("CREATE OR REPLACE FUNCTION").Should().Contain("interval '32 s'")
            .And.EndWith("DROP TRIGGER IF EXISTS validation_read_only_7 ON public.join_tokens; DROP FUNCTION IF EXISTS public.validation_read_only_7()");
    }

    [Fact]
    public async Task ReadOnly_ATableThatCannotHaveTheTrigger_LeavesNone()
    {
        Stack.Database.Refuse("ON public.join_tokens FOR EACH", () => DatabaseErrors.LockNotAvailable);

        await this.Invoking(test => test.InjectAsync(new ReadOnly(), ("for", "2s"))).Should().ThrowAsync<HarnessException>();

        Stack.Database.Statements.Should().ContainInOrder("DROP TRIGGER IF EXISTS validation_read_only_7 ON public.bundles", "DROP FUNCTION IF EXISTS public.validation_read_only_7()");
        Stack.Database.Sessions.Should().Be(0);
    }
}

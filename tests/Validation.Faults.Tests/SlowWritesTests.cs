using Validation.Core;
using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public class SlowWritesTests : FaultTest
{
    private TimeSpan _takes = TimeSpan.FromMilliseconds(310);
    private int _triggers = 1;

    public SlowWritesTests()
    {
        Stack.Database.Answer("FROM pg_tables", () => "bundles");
        Stack.Database.Answer("FROM pg_trigger", () => $"{_triggers}");
        Stack.Database.Answer("DELETE FROM public.bundles", () =>
        {
            Clock.Advance(_takes);
            return null;
        });
    }

    [Fact]
    public async Task SlowWrites_AWriteTakesThatLong_IsProvenUntilItDoesNot()
    {
        await using var injection = await InjectAsync(new SlowWrites(Clock), ("table", "bundles"), ("by", "300ms"), ("for", "2s"));
        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("A write to bundles that changes nothing takes 310ms."));
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);

        (_triggers, _takes) = (0, TimeSpan.FromMilliseconds(2));

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("The trigger is gone; a write to bundles takes 2.00ms."));
    }

    [Fact]
    public async Task SlowWrites_AWriteIsAsQuickAsEver_IsNotProven()
    {
        _takes = TimeSpan.FromMilliseconds(2);
        await using var injection = await InjectAsync(new SlowWrites(Clock), ("by", "300ms"), ("for", "2s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task SlowWrites_TheTriggerIsRemovedBehindOurBackWhereWritesAreSlowAnyway_IsRefuted()
    {
        await using var injection = await InjectAsync(new SlowWrites(Clock), ("table", "bundles"), ("by", "1ms"), ("for", "2s"));

        _triggers = 0;

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Refuted("The trigger on bundles is not there any more."));
    }

    [Fact]
    public async Task SlowWrites_TwoAtOnce_EachTakesItsOwnBack()
    {
        var transaction = 7;
        Stack.Database.Answer("txid_current", () => $"{transaction++}");
        await using var first = await InjectAsync(new SlowWrites(Clock), ("by", "300ms"), ("for", "2s"));
        await using var second = await InjectAsync(new SlowWrites(Clock), ("by", "100ms"), ("for", "9s"));

        await first.HealAsync(CancellationToken.None);

        Stack.Database.Statements.Where(statement => statement.StartsWith("DROP", StringComparison.Ordinal)).Should().Equal(
            "DROP TRIGGER IF EXISTS validation_slow_writes_7 ON public.bundles", "DROP FUNCTION IF EXISTS public.validation_slow_writes_7()");
    }

    [Fact]
    public async Task SlowWrites_ThereIsNoSuchTable_IsRefused()
    {
        Stack.Database.Answer("FROM pg_tables", () => null);

        await this.Invoking(test => test.InjectAsync(new SlowWrites(Clock), ("table", "nonsense"), ("by", "1s"), ("for", "2s")))
            .Should().ThrowAsync<HarnessException>().WithMessage("spire has no table 'nonsense' in the database.");
    }
}

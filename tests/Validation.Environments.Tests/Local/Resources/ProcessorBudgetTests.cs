using Validation.Environments.Local.Resources;

namespace Validation.Environments.Tests.Local.Resources;

public sealed class ProcessorBudgetTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly ProcessorBudget _budget = new(0.2, TimeSpan.FromMilliseconds(100));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Spend_WhoeverAlwaysWantsMore_GetsTheShareOnAverage(int processors)
    {
        var used = TimeSpan.Zero;
        var mayRun = true;
        for (var tick = 0; tick < 1000; tick++)
        {
            var spent = mayRun ? Tick * processors : TimeSpan.Zero;
            used += spent;
            mayRun = _budget.Spend(Tick, spent);
        }

        used.TotalSeconds.Should().BeApproximately(2, 0.05);
    }

    [Fact]
    public void Spend_WhoeverWantsLess_IsNeverStopped()
    {
        for (var tick = 0; tick < 1000; tick++)
        {
            _budget.Spend(Tick, Tick * 0.19).Should().BeTrue();
        }
    }

    [Fact]
    public void Spend_AfterALongRest_HasNoMoreThanOnePeriodSaved()
    {
        _budget.Spend(TimeSpan.FromMinutes(1), TimeSpan.Zero);

        _budget.Spend(TimeSpan.Zero, TimeSpan.FromMilliseconds(19)).Should().BeTrue();
        _budget.Spend(TimeSpan.Zero, TimeSpan.FromMilliseconds(1)).Should().BeFalse();
    }
}

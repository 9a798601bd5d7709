namespace Validation.Core.Tests;

public class VerdictTests
{
    [Fact]
    public void Worst_OneFailsAmongPasses_IsFail() =>
        new[] { Verdict.Pass, Verdict.Fail, Verdict.Inconclusive }.Worst().Should().Be(Verdict.Fail);

    [Fact]
    public void Worst_OneIsInconclusiveAmongPasses_IsInconclusive() =>
        new[] { Verdict.Pass, Verdict.Inconclusive, Verdict.Pass }.Worst().Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Worst_AllPass_IsPass() => new[] { Verdict.Pass, Verdict.Pass }.Worst().Should().Be(Verdict.Pass);

    [Fact]
    public void Worst_NothingWasChecked_IsInconclusive() =>
        Array.Empty<Verdict>().Worst().Should().Be(Verdict.Inconclusive, "silence is never a pass");
}

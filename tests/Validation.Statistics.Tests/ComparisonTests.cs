namespace Validation.Statistics.Tests;

public class ComparisonTests
{
    private static readonly double[] OneToFive = [1, 2, 3, 4, 5];

    [Theory]
    [InlineData(3, 0.1)]
    [InlineData(4, 0.02857)]
    [InlineData(5, 0.00794)]
    public void PValue_ACompleteSeparation_IsTheSmallestThereIs(int runs, double expected)
    {
        var first = Enumerable.Range(0, runs).Select(value => (double)value).ToArray();

        var found = RankTest.PValue(first, [.. first.Select(value => value + 100)]);

        found.Should().BeApproximately(expected, 1e-5);
        found.Should().BeApproximately(RankTest.SmallestPValue(runs, runs), 1e-12);
    }

    [Fact]
    public void PValue_TheSameValuesTwice_IsOne() => RankTest.PValue(OneToFive, OneToFive).Should().Be(1);

    [Fact]
    public void PValue_OnlyTies_IsOne() => RankTest.PValue([0, 0, 0], [0, 0, 0, 0]).Should().Be(1);

    [Fact]
    public void PValue_BeyondTheExactSizes_IsNearlyTheExactOne()
    {
        var first = Enumerable.Range(0, 20).Select(value => value * 2.0).ToArray();
        var second = first.Select(value => value + 9).ToArray();

        var exact = RankTest.PValue(first, second);
        var approximate = RankTest.PValue([.. first, 19], second);

        approximate.Should().BeInRange(exact * 0.6, exact * 1.4);
    }

    [Fact]
    public void Shift_EveryValueIsTenMore_IsTen()
    {
        var shift = Shift.Between(OneToFive, [.. OneToFive.Select(value => value + 10)], 0.95);

        shift.Estimate.Should().Be(10);
        shift.Low.Should().Be(7, "of 25 differences two lie outside on each side: the quantile of U for 5 and 5 is 2");
        shift.High.Should().Be(13);
    }

    [Fact]
    public void Shift_ThreeAndThree_HasNoInterval() => Shift.Between([1, 2, 3], [4, 5, 6], 0.95).Should().Be(new Shift(3, null, null));

    [Fact]
    public void Holm_TheTextbookExample_IsCorrectedStepByStep() =>
        Holm.Correct([0.01, 0.04, 0.03, 0.005]).Should().Equal([0.03, 0.06, 0.06, 0.02], (found, expected) => Math.Abs(found - expected) < 1e-12);

    [Fact]
    public void Median_NothingCutShort_IsTheMedian() => Survival.Median([(1, false), (2, false), (3, false), (9, false)]).Should().Be(2);

    [Fact]
    public void Median_SomeCutShort_IsLaterThanThatOfTheRest() =>
        Survival.Median([(1, false), (2, true), (3, true), (4, false), (5, false)]).Should().Be(4);

    [Fact]
    public void Median_MoreThanHalfCutShort_IsNotKnown() => Survival.Median([(1, false), (9, true), (9, true)]).Should().BeNull();
}

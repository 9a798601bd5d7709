namespace Validation.Statistics.Tests;

public class BinomialBoundsTests
{
    // Published values of Clopper and Pearson's limits, one-sided 97.5 %.
    [Theory]
    [InlineData(0, 10, 0, 0.3085)]
    [InlineData(1, 10, 0.0025, 0.4450)]
    [InlineData(5, 10, 0.1871, 0.8129)]
    [InlineData(10, 10, 0.6915, 1)]
    public void Bounds_OfTenTrials_AreThePublishedOnes(int events, int trials, double lower, double upper)
    {
        BinomialBounds.Lower(events, trials, 0.975).Should().BeApproximately(lower, 5e-5);
        BinomialBounds.Upper(events, trials, 0.975).Should().BeApproximately(upper, 5e-5);
    }

    [Theory]
    [InlineData(3_000, 0, 7)]
    [InlineData(5_000, 1, 10)]
    [InlineData(10_000, 4, 16)]
    [InlineData(30_000, 20, 40)]
    [InlineData(600_000, 559, 642)]
    public void Gate_OfOneInAThousand_HasTheKnownEdges(int trials, int mostToPass, int leastToFail)
    {
        const double Limit = 0.001;

        BinomialBounds.IsAtMost(Limit, mostToPass, trials, 0.95).Should().BeTrue();
        BinomialBounds.IsAtMost(Limit, mostToPass + 1, trials, 0.95).Should().BeFalse();
        BinomialBounds.IsMoreThan(Limit, leastToFail, trials, 0.95).Should().BeTrue();
        BinomialBounds.IsMoreThan(Limit, leastToFail - 1, trials, 0.95).Should().BeFalse();
    }

    [Theory]
    [InlineData(3, 1_000)]
    [InlineData(2.7, 333.3)]
    [InlineData(9_800, 10_000_000)]
    public void Questions_AndBounds_SayTheSame(double events, double trials)
    {
        var lower = BinomialBounds.Lower(events, trials, 0.95);
        var upper = BinomialBounds.Upper(events, trials, 0.95);

        BinomialBounds.IsAtMost(upper * 1.001, events, trials, 0.95).Should().BeTrue();
        BinomialBounds.IsAtMost(upper * 0.999, events, trials, 0.95).Should().BeFalse();
        BinomialBounds.IsMoreThan(lower * 0.999, events, trials, 0.95).Should().BeTrue();
        BinomialBounds.IsMoreThan(lower * 1.001, events, trials, 0.95).Should().BeFalse();
    }

    [Theory]
    [InlineData(0.5, 5)]
    [InlineData(0.2, 14)]
    [InlineData(0.1, 29)]
    [InlineData(0.05, 59)]
    [InlineData(0.01, 299)]
    [InlineData(0.001, 2_995)]
    [InlineData(0.0001, 29_956)]
    public void WithoutEvents_IsTheKnownNumber(double limit, int trials) => SampleSize.WithoutEvents(limit, 0.95).Should().Be(trials);

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.03)]
    public void ToDecide_IsTheFirstNumberThatDecides(double share)
    {
        var trials = SampleSize.ToDecide(share, 0.02, 0.95)!.Value;

        Decided(trials).Should().BeTrue();
        Decided(trials - 1).Should().BeFalse();

        bool Decided(int count) => BinomialBounds.IsAtMost(0.02, share * count, count, 0.95) || BinomialBounds.IsMoreThan(0.02, share * count, count, 0.95);
    }

    [Fact]
    public void ToDecide_AShareOnItsLimit_IsNever() => SampleSize.ToDecide(0.02, 0.02, 0.95).Should().BeNull();
}

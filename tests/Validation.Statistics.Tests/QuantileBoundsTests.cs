namespace Validation.Statistics.Tests;

public class QuantileBoundsTests
{
    [Theory]
    [InlineData(298, null)]
    [InlineData(299, 299L)]
    [InlineData(473, 473L)]
    [InlineData(524, 523L)]
    public void High_OfP99_IsTheRankThatTheBinomialAllows(int count, long? high) =>
        Spread(count, limit: count).High.Should().Be(high, "with one operation above it 473 would do, were it not for Student's factor");

    [Fact]
    public void Low_OfP99_IsBelowTheNinetyNinthRank() => Spread(1_000, limit: 1_000).Low.Should().BeInRange(982, 987);

    [Fact]
    public void Bounds_OfEqualValues_AreThatValue()
    {
        var bounds = QuantileBounds.Of(Enumerable.Repeat(7L, 500).ToArray(), Blocks(500), 0.99, limit: 100, 0.95);

        bounds.Should().Match<QuantileBounds>(found => found.Low == 7 && found.High == 7);
    }

    [Fact]
    public void Bounds_SlowOnesInOneBurst_AreWiderThanWhenTheyAreSpread()
    {
        var values = Enumerable.Range(1, 2_000).Select(value => (long)value).ToArray();

        // The slowest hundred lie in one block of twenty.
        var burst = QuantileBounds.Of(values, [.. values.Select(value => (int)((value - 1) / 100))], 0.99, 2_000, 0.95);

        burst.High.Should().BeGreaterThan(1_995);
        Spread(2_000, 2_000).High.Should().BeLessThan(1_992);
    }

    [Theory]
    [InlineData(250)]
    [InlineData(280)]
    [InlineData(290)]
    [InlineData(295)]
    [InlineData(299)]
    public void Limit_AnyOfTheValues_IsOnTheSameSideAsByTheBinomial(long limit)
    {
        var bounds = Spread(300, limit, quantile: 0.95);

        (bounds.High <= limit).Should().Be(bounds.AtLimit.IsAtMost(0.05, 0.95));
        (bounds.Low > limit).Should().Be(bounds.AtLimit.IsMoreThan(0.05, 0.95));
    }

    private static QuantileBounds Spread(int count, long limit, double quantile = 0.99) =>
        QuantileBounds.Of([.. Enumerable.Range(1, count).Select(value => (long)value)], Blocks(count), quantile, limit, 0.95);

    private static int[] Blocks(int count) => [.. Enumerable.Range(0, count).Select(index => index % 20)];
}

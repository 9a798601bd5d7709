using Validation.Reporting.Charts;

namespace Validation.Reporting.Tests.Charts;

public sealed class AxisTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(10, 100)]
    [InlineData(60, 600)]
    [InlineData(110, 1_100)]
    [InlineData(0, 100)]
    [InlineData(500, 1_100)]
    public void X_AnyMoment_LiesOnTheAxis(double second, double expected)
    {
        new TimeAxis(10 * Second, 110 * Second, 100, 1_100).X(second * Second).Should().BeApproximately(expected, 1e-6);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(94)]
    [InlineData(600)]
    [InlineData(90_000)]
    public void Ticks_RunOfAnyLength_AreFewAndEven(int seconds)
    {
        var ticks = new TimeAxis(26.3 * Second, (26.3 + seconds) * Second, 0, 1).Ticks().ToArray();

        ticks.Should().HaveCountGreaterThan(2).And.HaveCountLessThanOrEqualTo(15);
        ticks.Should().OnlyContain(tick => tick.TotalSeconds == Math.Floor(tick.TotalSeconds));
    }

    [Fact]
    public void For_SimilarLatencies_IsEvenFromZero()
    {
        var axis = LatencyAxis.For([5 * Millisecond, 40 * Millisecond], 0, 100);

        axis.IsLogarithmic.Should().BeFalse();
        axis.Y(TimeSpan.Zero).Should().Be(100);
        axis.Ticks().Should().HaveCount(5);
    }

    [Fact]
    public void For_LatenciesOfSeveralOrders_IsLogarithmic()
    {
        var axis = LatencyAxis.For([2 * Millisecond, 9 * Second], 0, 100);

        axis.IsLogarithmic.Should().BeTrue();
        (axis.Y(10 * Millisecond) - axis.Y(100 * Millisecond)).Should().BeApproximately(axis.Y(100 * Millisecond) - axis.Y(Second), 1e-6);
        axis.Ticks().Should().Contain([10 * Millisecond, 100 * Millisecond, Second]);
    }

    [Fact]
    public void For_NoLatencies_IsStillAnAxis()
    {
        LatencyAxis.For([], 0, 100).Y(Second).Should().BeInRange(0, 100);
    }

    [Fact]
    public void Place_LabelsThatOverlap_GetRowsOfTheirOwn()
    {
        var rows = new LabelRows(2);

        rows.Place(0, 100).Should().Be(0);
        rows.Place(50, 150).Should().Be(1);
        rows.Place(200, 300).Should().Be(0);
        rows.Place(90, 210).Should().BeNull("both rows are taken there");
        rows.Place(115, 185).Should().Be(0, "the gap between two others is wide enough");
        rows.Count.Should().Be(2);
    }
}

using Validation.Load.Workers;

namespace Validation.Load.Tests.Workers;

public sealed class ClockSkewTests
{
    private const long Ahead = 3_600_000_000_000;

    [Fact]
    public void Of_EqualWays_IsExact()
    {
        var skew = ClockSkew.Of([Trip(sent: 1_000, there: 500, thinking: 70, back: 500)]);

        skew.AheadNs.Should().Be(Ahead);
        skew.RoundTripNs.Should().Be(1_000, "the time the other took to answer is not under way");
    }

    [Theory]
    [InlineData(0, 2_000_000)]
    [InlineData(2_000_000, 0)]
    [InlineData(100, 4_000_001)]
    public void Of_UnequalWays_TheTruthLiesWithinTheUncertainty(long there, long back)
    {
        var skew = ClockSkew.Of([Trip(5, there, 0, back)]);

        Math.Abs(skew.AheadNs - Ahead).Should().BeLessThanOrEqualTo(skew.UncertaintyNs);
        skew.UncertaintyNs.Should().BeLessThanOrEqualTo(((there + back) / 2) + 1);
    }

    [Fact]
    public void Of_ManyTrips_TakesTheShortest()
    {
        var skew = ClockSkew.Of([Trip(1, 90_000, 0, 10), Trip(2, 300, 0, 500), Trip(3, 10, 0, 70_000)]);

        skew.RoundTripNs.Should().Be(800);
        skew.AheadNs.Should().BeCloseTo(Ahead, 400);
    }

    [Fact]
    public void UncertaintyUntil_TheClocksDriftedApart_ContainsTheDrift()
    {
        var before = new ClockSkew(Ahead, 200_000, 400_000, TimeSpan.Zero);
        var after = new ClockSkew(Ahead + 30_000_000, 500_000, 1_000_000, TimeSpan.Zero);

        before.UncertaintyUntil(after).Should().Be(TimeSpan.FromMilliseconds(30.5));
    }

    private static RoundTrip Trip(long sent, long there, long thinking, long back) =>
        new(sent, sent + there + Ahead, sent + there + thinking + Ahead, sent + there + thinking + back, TimeSpan.Zero);
}

using Validation.Core.Recording;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Tests.Digest;

public sealed class LoadSeriesTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Of_Operations_CountsThemInTheSecondInWhichTheyWerePlanned()
    {
        // Planned in the first second and answered in the third: it belongs to the first.
        var series = LoadSeries.Of([Sample(10.2, 2_300), Sample(10.7, 10, failed: true), Sample(12.0, 20)], 10 * Second, 13 * Second);

        series.Width.Should().Be(Second);
        series.Slices.Select(slice => (slice.Planned, slice.Failed)).Should().Equal((2, 1), (0, 0), (1, 0));
        series.Slices[0].Largest.Should().Be(TimeSpan.FromMilliseconds(2_300));
        series.Slices[1].Largest.Should().BeNull();
    }

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    public void Of_FewOperationsInASecond_HaveNoP99(int operations, bool hasP99)
    {
        var series = LoadSeries.Of(Enumerable.Range(0, operations).Select(index => Sample(index / 200.0, index + 1)), TimeSpan.Zero, Second);

        series.Slices[0].P99.HasValue.Should().Be(hasP99);
    }

    [Fact]
    public void Of_RunOfADay_HasNoMoreSlicesThanAScreenHasPixels()
    {
        var series = LoadSeries.Of([Sample(80_000, 1)], TimeSpan.Zero, TimeSpan.FromDays(1));

        series.Slices.Should().HaveCount(600);
        series.Width.Should().Be(TimeSpan.FromSeconds(144));
        series.Slices.Sum(slice => slice.Planned).Should().Be(1);
    }

    private static Sample Sample(double plannedSecond, double milliseconds, bool failed = false)
    {
        var planned = (long)(plannedSecond * 1e9);
        return new Sample(planned, planned, planned + (long)(milliseconds * 1e6), 0, (ushort)(failed ? 1 : 0));
    }
}

using Validation.Core.Judging;

namespace Validation.Core.Tests.Judging;

public class PercentilesTests
{
    [Theory]
    [InlineData(50, 500)]
    [InlineData(99, 990)]
    [InlineData(99.9, 999)]
    [InlineData(100, 1_000)]
    [InlineData(0.01, 1)]
    public void At_OneToAThousand_IsTheNearestRank(double percentile, int expected)
    {
        long[] values = [.. Enumerable.Range(1, 1_000).Select(i => i * 1_000_000L)];

        Percentiles.At(values, percentile).Should().Be(TimeSpan.FromMilliseconds(expected));
    }

    [Fact]
    public void At_NoValues_IsZero() => Percentiles.At([], 99).Should().Be(TimeSpan.Zero);
}

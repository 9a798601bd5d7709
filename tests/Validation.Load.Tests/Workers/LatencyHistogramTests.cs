using Validation.Core;
using Validation.Load.Workers;

namespace Validation.Load.Tests.Workers;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Add_FourPartsInAnyOrder_IsTheHistogramOfTheWhole()
    {
        var values = Values(20_000).ToArray();
        var whole = Of(values);

        var merged = new LatencyHistogram();
        foreach (var part in values.Select((value, index) => (value, index)).GroupBy(pair => pair.index % 4).OrderByDescending(group => group.Key))
        {
            merged.Add(Of(part.Select(pair => pair.value)).ToPairs());
        }

        merged.ToPairs().Should().Equal(whole.ToPairs());
        merged.Count.Should().Be(20_000);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(99)]
    [InlineData(99.9)]
    [InlineData(100)]
    public void At_APercentile_IsTheExactOneOrAtMostASixtyFourthAbove(double percentile)
    {
        var values = Values(5_000).Order().ToArray();
        var exact = values[(int)Math.Ceiling((decimal)percentile / 100 * values.Length) - 1];

        Of(values).At(percentile).Should().BeInRange(exact, exact + (exact / 64) + 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(1_000_000)]
    [InlineData(long.MaxValue)]
    public void At_OneValue_IsItsBucket(long value)
    {
        var found = Of([value]).At(100);

        found.Should().BeGreaterThanOrEqualTo(value);
        (found - value).Should().BeLessThanOrEqualTo(value / 64);
    }

    [Fact]
    public void At_Nothing_IsZero() => new LatencyHistogram().At(99).Should().Be(0);

    [Theory]
    [InlineData(5L)]
    [InlineData(5L, 0L)]
    [InlineData(-1L, 3L)]
    public void Add_BrokenPairs_AreRefused(params long[] pairs) =>
        new LatencyHistogram().Invoking(histogram => histogram.Add(pairs)).Should().Throw<InvalidDataException>();

    private static LatencyHistogram Of(IEnumerable<long> values)
    {
        var histogram = new LatencyHistogram();
        foreach (var value in values)
        {
            histogram.Add(value);
        }

        return histogram;
    }

    private static IEnumerable<long> Values(int count)
    {
        var random = new Seed(5).StreamFor("latencies");
        return Enumerable.Range(0, count).Select(_ => (long)Math.Exp(random.NextDouble() * 24));
    }
}

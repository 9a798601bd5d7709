using Validation.Core.Scenarios;

namespace Validation.Core.Tests.Scenarios;

public class MeasureTests
{
    [Theory]
    [InlineData(50, 10)]
    [InlineData(90, 10)]
    [InlineData(99, 100)]
    [InlineData(99.9, 1_000)]
    public void DefaultMinimumSamples_OfAPercentile_AllowsOneBeyondIt(double percentile, int samples) =>
        new Measure(MeasureKind.Latency, percentile).DefaultMinimumSamples(0.25).Should().Be(samples);

    [Theory]
    [InlineData(0.99, 100)]
    [InlineData(0.999, 1_000)]
    [InlineData(0.5, 10)]
    public void DefaultMinimumSamples_OfAnAvailability_AllowsOneFailure(double limit, int samples) =>
        new Measure(MeasureKind.Availability).DefaultMinimumSamples(limit).Should().Be(samples);

    [Fact]
    public void Name_OfAPercentile_IsWrittenAsInScenarios() => new Measure(MeasureKind.Latency, 99.9).Name.Should().Be("p99.9");

    [Fact]
    public void Format_OfAnAvailability_IsPerCent() => new Measure(MeasureKind.Availability).Format(0.9995).Should().Be("99.95 %");
}

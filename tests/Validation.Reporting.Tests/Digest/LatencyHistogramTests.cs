using Validation.Core.Recording;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Tests.Digest;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Of_Latencies_HaveAllTheirPlace()
    {
        var latencies = new[] { 1L, 999_999, 1_000_000, 1_000_001, 5_000_000_000 };

        var histogram = LatencyHistogram.Of(latencies.Select(latency => new Sample(0, 0, latency, 0, 0)));

        histogram.Classes.Sum(one => one.Count).Should().Be(latencies.Length);
        histogram.Classes.Zip(histogram.Classes.Skip(1)).Should().OnlyContain(pair => pair.First.ToMs == pair.Second.FromMs, "there is no gap");
        histogram.Classes.First(one => one.FromMs <= 1 && one.ToMs > 1).Count.Should().BeGreaterThanOrEqualTo(2);
        histogram.Classes[^1].ToMs.Should().BeGreaterThan(5_000);
    }

    [Fact]
    public void Of_OnlyFailures_IsEmpty()
    {
        LatencyHistogram.Of([new Sample(0, 0, 1_000, 0, 1)]).Classes.Should().BeEmpty();
    }
}

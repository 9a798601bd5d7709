using Validation.Load.Benching;

namespace Validation.Load.Tests.Benching;

public sealed class HistogramBenchTests
{
    [Fact]
    public void Ratios_SeveralRounds_AreMediansOfWhatWasMeasuredTogether()
    {
        var result = new HistogramResult([new(4, 1, 8, 4), new(30, 10, 90, 10), new(2, 1, 5, 5)]);

        (result.RecordRatio, result.MergeRatio).Should().Be((3, 2));
    }
}

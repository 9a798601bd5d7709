using Validation.Core.Comparing;
using Validation.Core.Scenarios;

namespace Validation.Core.Tests.Comparing;

public class FigureHistoryTests
{
    [Fact]
    public void Of_ALatencyThatRose_NamesTheFirstRunOfTheNewLevel()
    {
        var history = FigureHistory.Of(Runs(index => index < 9 ? 0.005 : 0.008)).Single();

        history.Levels.Should().HaveCount(2);
        history.Levels[1].Should().Match<FigureLevel>(level => level.Since == "run 9" && level.Runs == 9 && level.Median > 0.0079);
    }

    [Fact]
    public void Of_ARiseBelowFivePercent_IsOneLevel() => FigureHistory.Of(Runs(index => index < 9 ? 0.005 : 0.0051)).Single().Levels.Should().ContainSingle();

    private static RunFigures[] Runs(Func<int, double> value) =>
    [
        .. Enumerable.Range(0, 18).Select(index => new RunFigures(
            $"run {index}",
            "quick-start",
            "local",
            new Dictionary<string, string>(),
            [new Figure("sign p50 whole", FigureFamily.Statistic, new Measure(MeasureKind.Latency, 50), value(index) + (index % 9 * 1e-6))])),
    ];
}

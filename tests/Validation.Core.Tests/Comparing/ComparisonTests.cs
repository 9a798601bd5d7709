using Validation.Core.Comparing;
using Validation.Core.Judging;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Core.Tests.Comparing;

public class ComparisonTests
{
    private static readonly Measure P50 = new(MeasureKind.Latency, 50);
    private static readonly Measure Availability = new(MeasureKind.Availability);

    [Theory]
    [InlineData(3, Change.Regressed, ExitCode.Fail)]
    [InlineData(-1.5, Change.Improved, ExitCode.Pass)]
    [InlineData(0, Change.Unchanged, ExitCode.Pass)]
    public void Of_SevenRunsEach_SeesAShiftOfMilliseconds(double shiftMs, Change change, ExitCode exitCode)
    {
        var compared = Comparison.Of(Latencies(1, 7, 5), Latencies(2, 7, 5 + shiftMs));

        compared.Should().ContainSingle().Which.Should().Match<ComparedFigure>(figure =>
            figure.Change == change && figure.Before > 0.0045 && figure.Before < 0.0055 && Math.Abs(figure.Shift - (shiftMs / 1000)) < 0.0005);
        Comparison.ExitCodeOf(compared).Should().Be(exitCode);
    }

    [Fact]
    public void Of_ACertainButTinyShift_IsUnchanged()
    {
        var compared = Comparison.Of(Exactly(5.00, 5.01, 5.02, 5.03, 5.04, 5.05, 5.06), Exactly(5.07, 5.08, 5.09, 5.10, 5.11, 5.12, 5.13));

        compared.Single().Should().Match<ComparedFigure>(figure => figure.Change == Change.Unchanged && figure.Probability < 0.01);
    }

    [Fact]
    public void Of_ThreeRunsEach_SaysThatTheyAreNotEnough()
    {
        var compared = Comparison.Of(Latencies(1, 3, 5), Latencies(2, 3, 50));

        compared.Single().Change.Should().Be(Change.NotEnoughRuns, "three and three can never be more certain than one in ten");
        Comparison.ExitCodeOf(compared).Should().Be(ExitCode.Inconclusive);
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(17, 7)]
    [InlineData(60, 8)]
    public void RunsNeeded_GrowWithTheNumberOfFigures(int figures, int runs) => Comparison.RunsNeeded(figures).Should().Be(runs);

    [Fact]
    public void Of_AvailabilityThatFell_Regressed()
    {
        var before = Enumerable.Range(0, 7).Select(run => Run(new Figure("a", FigureFamily.Objective, Availability, 0.999 - (run * 1e-5)))).ToArray();
        var after = Enumerable.Range(0, 7).Select(run => Run(new Figure("a", FigureFamily.Objective, Availability, 0.99 - (run * 1e-5)))).ToArray();

        Comparison.Of(before, after).Single().Change.Should().Be(Change.Regressed);
    }

    [Fact]
    public void Of_TheSameStackTwice_IsUnchangedTwentyTimesOutOfTwenty()
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var figures = Comparison.Of(Group(2 * attempt), Group((2 * attempt) + 1));

            figures.Should().HaveCount(12).And.OnlyContain(figure => figure.Change == Change.Unchanged, $"attempt {attempt} compares like with like");
        }

        static RunFigures[] Group(int seed)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, 7).Select(_ => Run([.. Enumerable.Range(0, 12).Select(index => Latency($"f{index}", Noisy(random, 5)))]))];
        }
    }

    [Fact]
    public void Taint_ARunWhoseFaultWasNotProven_IsNotCompared()
    {
        var recording = new HandmadeRecording().Load("fetch").Phase("a", 0, 10).Operations("fetch", 0, 10, 10, TimeSpan.FromMilliseconds(5)).Fault("a/kill", "a").Build();

        RunFigures.Taint(Judge.Of(recording, [])).Should().NotBeNull();
    }

    [Fact]
    public void Figures_OfARun_AreThoseOfItsObjectivesAndOfItsLoads()
    {
        var recording = new HandmadeRecording().Load("fetch").Phase("a", 0, 10).Operations("fetch", 0, 10, 50, TimeSpan.FromMilliseconds(5)).Objective("fetch", Availability, 0.9).Build();
        var result = Judge.Of(recording, []);

        RunFigures.Taint(result).Should().BeNull();
        RunFigures.Of("r", recording, result).Figures.Should().BeEquivalentTo(
        [
            new Figure("fetch availability whole", FigureFamily.Objective, Availability, 1),
            new Figure("fetch availability whole", FigureFamily.Statistic, Availability, 1),
            new Figure("fetch p50 whole", FigureFamily.Statistic, P50, 0.005),
            new Figure("fetch p99 whole", FigureFamily.Statistic, new Measure(MeasureKind.Latency, 99), 0.005),
        ]);
    }

    private static RunFigures[] Latencies(int seed, int runs, double milliseconds)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, runs).Select(_ => Run(Latency("sign p50 whole", Noisy(random, milliseconds))))];
    }

    private static RunFigures[] Exactly(params double[] milliseconds) => [.. milliseconds.Select(value => Run(Latency("sign p50 whole", value)))];

    // Runs of the same stack differ by some 5 % from each other, and some of them by more.
    private static double Noisy(Random random, double milliseconds) => milliseconds + ((random.NextDouble() - 0.5) * 0.4) + (random.Next(8) == 0 ? 0.5 : 0);

    private static Figure Latency(string name, double milliseconds) => new(name, FigureFamily.Statistic, P50, milliseconds / 1000);

    private static RunFigures Run(params Figure[] figures) => new("run", "quick-start", "local", new Dictionary<string, string>(), figures);
}

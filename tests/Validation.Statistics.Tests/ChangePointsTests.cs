namespace Validation.Statistics.Tests;

public class ChangePointsTests
{
    [Fact]
    public void Find_AStep_SaysWhereItIs() => Find(Noise(1, 10, 5), Noise(2, 10, 8)).Should().Equal(10);

    [Fact]
    public void Find_UpAndDownAgain_SaysBoth() => Find(Noise(1, 12, 5), Noise(2, 12, 8), Noise(3, 12, 5)).Should().Equal(12, 24);

    [Fact]
    public void Find_TooFewOnOneSide_IsAnOutlierAndNoLevel() => Find(Noise(1, 20, 5), Noise(2, 2, 50)).Should().BeEmpty();

    [Fact]
    public void Find_AStepThatDoesNotMatter_IsNotTold() => ChangePoints.Find([.. Noise(1, 10, 5), .. Noise(2, 10, 8)], 0.01, (_, _) => false).Should().BeEmpty();

    [Fact]
    public void Find_NothingButNoise_SeldomShowsAChange()
    {
        var alarms = Enumerable.Range(0, 100).Count(seed => Find(Noise(seed, 30, 5)).Count > 0);

        alarms.Should().BeLessThan(4, "one in a hundred is allowed");
    }

    private static IReadOnlyList<int> Find(params double[][] parts) => ChangePoints.Find([.. parts.SelectMany(part => part)], 0.01, (_, _) => true);

    private static double[] Noise(int seed, int count, double level)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => level + random.NextDouble() - 0.5)];
    }
}

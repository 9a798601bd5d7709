using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Tests.Local.Supervisor;

public sealed class BackOffTests
{
    [Fact]
    public void Next_AgainAndAgain_DoublesUpToThirtySeconds()
    {
        var backOff = new BackOff();

        var waits = Enumerable.Range(0, 8).Select(_ => backOff.Next(TimeSpan.Zero).TotalSeconds);

        waits.Should().Equal(1, 2, 4, 8, 16, 30, 30, 30);
    }

    [Theory]
    [InlineData(59.9, 4)]
    [InlineData(60, 1)]
    public void Next_AfterHealth_ForgetsThePastFromSixtySecondsOn(double healthySeconds, double expected)
    {
        var backOff = new BackOff();
        backOff.Next(TimeSpan.Zero);
        backOff.Next(TimeSpan.Zero);

        backOff.Next(TimeSpan.FromSeconds(healthySeconds)).TotalSeconds.Should().Be(expected);
    }

    [Fact]
    public void Next_AfterReset_BeginsAnew()
    {
        var backOff = new BackOff();
        backOff.Next(TimeSpan.Zero);
        backOff.Next(TimeSpan.Zero);

        backOff.Reset();

        backOff.Next(TimeSpan.Zero).Should().Be(TimeSpan.FromSeconds(1));
    }
}

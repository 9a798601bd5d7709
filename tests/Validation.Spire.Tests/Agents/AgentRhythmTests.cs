using Validation.Spire.Agents;

namespace Validation.Spire.Tests.Agents;

public sealed class AgentRhythmTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);
    private static readonly Life Hour = new(Start, Start.AddHours(1));

    [Fact]
    public void AfterSync_OneFailureAfterTheOther_GrowsByHalfUpToFourMinutes()
    {
        var waits = AgentRhythm.AfterSync(TimeSpan.FromSeconds(5));
        var dice = new Dice(1);

        var drawn = Enumerable.Range(0, 14).Select(_ => waits.Next(ref dice).TotalSeconds).ToArray();

        for (var i = 0; i < drawn.Length; i++)
        {
            var expected = Math.Min(240, 5 * Math.Pow(1.5, i));
            drawn[i].Should().BeInRange(expected * 0.9, expected * 1.1);
        }
    }

    [Fact]
    public void AfterSync_OfSlowAgents_GrowsUpToEightMinutes()
    {
        var waits = AgentRhythm.AfterSync(TimeSpan.FromMinutes(1));
        var dice = new Dice(1);

        Enumerable.Range(0, 20).Select(_ => waits.Next(ref dice)).Max().Should().BeLessThan(TimeSpan.FromMinutes(8.8));
    }

    [Fact]
    public void AfterSync_ReachingTheLimit_NeverPassesItByMoreThanTheJitter()
    {
        var waits = AgentRhythm.AfterSync(TimeSpan.FromSeconds(5));
        var dice = new Dice(7);
        waits.Next(ref dice);
        waits.Next(ref dice);

        waits.Reset();

        waits.Next(ref dice).TotalSeconds.Should().BeInRange(4.5, 5.5);
    }

    [Theory]
    [InlineData(26, false)]
    [InlineData(34, true)]
    public void IsDue_OutsideOfTheJitter_IsCertain(int minutes, bool isDue)
    {
        var dice = new Dice(3);

        for (var i = 0; i < 1_000; i++)
        {
            AgentRhythm.IsDue(Hour, Start.AddMinutes(minutes), ref dice).Should().Be(isDue);
        }
    }

    [Fact]
    public void IsDue_AtHalfOfTheLife_IsOneInTwo()
    {
        var dice = new Dice(5);

        var due = Enumerable.Range(0, 10_000).Count(_ => AgentRhythm.IsDue(Hour, Start.AddMinutes(30), ref dice));

        due.Should().BeInRange(4_700, 5_300);
    }

    [Fact]
    public void UntilFirstCheck_OfAFreshSvid_IsOnTheGridOfChecksAndNotTooLate()
    {
        var first = AgentRhythm.UntilFirstCheck(Hour, Start);

        first.Should().Be(TimeSpan.FromMinutes(27));
    }

    [Fact]
    public void UntilFirstCheck_OfAnOldSvid_IsTheNextCheck()
    {
        AgentRhythm.UntilFirstCheck(Hour, Start.AddMinutes(50)).Should().Be(AgentRhythm.RotationCheck);
    }
}

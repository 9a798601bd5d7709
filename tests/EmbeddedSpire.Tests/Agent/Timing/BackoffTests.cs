using EmbeddedSpire.Agent.Timing;

namespace EmbeddedSpire.Tests.Agent.Timing;

public sealed class BackoffTests
{
    private static readonly TimeSpan FiveSeconds = TimeSpan.FromSeconds(5);

    [Fact]
    public void Backoff_FailureAfterFailure_GrowsByHalfUpToItsEnd()
    {
        var backoff = new Backoff(FiveSeconds, NewJitter(), TimeSpan.FromMinutes(4));

        var expected = 5.0;
        for (var i = 0; i < 15; i++)
        {
            backoff.Next().TotalSeconds.Should().BeInRange(expected * 0.9, expected * 1.1);
            expected = Math.Min(expected * 1.5, 240);
        }

        expected.Should().Be(240);
    }

    [Fact]
    public void Backoff_WithoutAnEnd_GrowsToTwentyFourTimes()
    {
        var backoff = new Backoff(FiveSeconds, NewJitter());

        var last = Enumerable.Range(0, 20).Select(_ => backoff.Next()).ToList()[^1];

        last.Should().BeCloseTo(TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(12));
    }

    [Fact]
    public void Backoff_Reset_BeginsAnew()
    {
        var backoff = new Backoff(FiveSeconds, NewJitter());
        backoff.Next();
        backoff.Next();

        backoff.Reset();

        backoff.Next().Should().BeCloseTo(FiveSeconds, FiveSeconds * 0.1);
    }

    [Fact]
    public void Backoff_ManyDraws_UseTheWholeTenPerCentEitherWay()
    {
        var jitter = NewJitter();

        var draws = Enumerable.Range(0, 2000).Select(_ => new Backoff(FiveSeconds, jitter).Next().TotalSeconds).ToList();

        draws.Should().OnlyContain(draw => draw >= 4.5 && draw <= 5.5);
        draws.Min().Should().BeLessThan(4.51);
        draws.Max().Should().BeGreaterThan(5.49);
    }

    [Fact]
    public void Backoff_OfZero_IsRefused()
    {
        var create = () => new Backoff(TimeSpan.Zero, NewJitter());

        create.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Patience_OfAMinute_AllowsFourPausesOfFiveSecondsAndMore()
    {
        var clock = new ManualClock();
        var patience = new Patience(new Backoff(FiveSeconds, NewJitter()), TimeSpan.FromMinutes(1), clock);

        var pauses = 0;
        while (patience.TryNext(out var pause))
        {
            clock.Advance(pause);
            pauses++;
        }

        // 5 + 7.5 + 11.25 + 16.9 = 40.6 s; another 25.3 s would be too late.
        pauses.Should().Be(4);
    }

    private static Jitter NewJitter() => new(new Random(1));
}

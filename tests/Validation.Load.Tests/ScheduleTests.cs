using Validation.Core;
using Validation.Core.Loads;

namespace Validation.Load.Tests;

public class ScheduleTests
{
    private const long Second = 1_000_000_000;

    public static TheoryData<Arrivals> Open => new(
        new EvenArrivals(new Rate(3.3)),
        new RampArrivals(new Rate(200), new Rate(10), TimeSpan.FromSeconds(5)) { After = TimeSpan.FromSeconds(2) },
        new StepArrivals([new Rate(50), new Rate(7), new Rate(100)], TimeSpan.FromSeconds(3)),
        new PoissonArrivals(new Rate(60)) { Seed = 7 },
        new BurstArrivals(30, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)));

    [Fact]
    public void NextNs_ThreePerSecond_NeverDrifts()
    {
        var schedule = ScheduleOf(new Rate(3));
        for (var i = 0; i < 3_000_000; i++)
        {
            schedule.Advance();
        }

        schedule.NextNs.Should().Be(1_000_000 * Second, "the instant after a million seconds comes from the start, not from a sum");
    }

    [Fact]
    public void NextNs_SecondOfTwoLoads_BeginsHalfAnIntervalLater() =>
        Schedule.Of(new Rate(10), 1, 2, Share.Whole).NextNs.Should().Be(50_000_000);

    [Theory]
    [MemberData(nameof(Open))]
    public void Of_AnyShares_TogetherAreTheWhole(Arrivals arrivals)
    {
        var whole = Walk(Schedule.Of(arrivals, 1, 3, Share.Whole), 20 * Second).ToArray();

        var shares = Enumerable.Range(0, 7).SelectMany(index => Walk(Schedule.Of(arrivals, 1, 3, new Share(index, 7)), 20 * Second));

        whole.Should().HaveCountGreaterThan(60).And.BeInAscendingOrder(operation => operation.NextNs);
        shares.Order().Should().Equal(whole.Order());
    }

    [Fact]
    public void NextNs_Ramp_FollowsTheIntegralOfTheRate()
    {
        var ramp = new RampArrivals(new Rate(10), new Rate(200), TimeSpan.FromSeconds(60)) { After = TimeSpan.FromSeconds(10) };

        var instants = Walk(ScheduleOf(ramp), 80 * Second).Select(operation => operation.NextNs).ToArray();

        instants.Count(instant => instant < 10 * Second).Should().Be(100, "before the ramp its first rate holds");
        instants.Count(instant => instant < 40 * Second).Should().BeCloseTo(100 + (10 + 105) / 2 * 30, 20);
        instants.Count(instant => instant < 70 * Second).Should().BeCloseTo(100 + 6_300, 1, "the mean of 10/s and 200/s for 60 s");
        instants.Count(instant => instant >= 70 * Second).Should().BeCloseTo(2_000, 1, "afterwards its last rate holds");
    }

    [Fact]
    public void NextNs_Steps_ChangeWithoutAGap()
    {
        var steps = new StepArrivals([new Rate(50), new Rate(100), new Rate(200)], TimeSpan.FromSeconds(30));

        var perStep = Walk(ScheduleOf(steps), 120 * Second).CountBy(operation => operation.NextNs / (30 * Second)).ToDictionary();

        perStep.Should().Equal(new Dictionary<long, int> { [0] = 1_500, [1] = 3_000, [2] = 6_000, [3] = 6_000 });
    }

    [Fact]
    public void NextNs_Bursts_AreAtOneInstantEach()
    {
        var bursts = new BurstArrivals(500, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2)) { After = TimeSpan.FromSeconds(25) };

        var perInstant = Walk(ScheduleOf(bursts), 40 * Second).CountBy(operation => operation.NextNs).ToDictionary();

        perInstant.Should().Equal(
            new Dictionary<long, int> { [7 * Second] = 500, [17 * Second] = 500, [27 * Second] = 500, [37 * Second] = 500 },
            "the first phase begins after 25 s and its first burst 2 s later");
    }

    [Fact]
    public void NextNs_Poisson_PassesTheKolmogorovSmirnovTest()
    {
        const int Operations = 20_000;
        var schedule = ScheduleOf(new PoissonArrivals(new Rate(100)) { Seed = 42 });
        var gaps = new List<double>();
        for (var before = 0L; gaps.Count < Operations; schedule.Advance())
        {
            gaps.Add((schedule.NextNs - before) / 1e9);
            before = schedule.NextNs;
        }

        gaps.Sort();
        var distance = gaps.Select((gap, i) => Math.Abs((i + 0.5) / Operations - (1 - Math.Exp(-100 * gap)))).Max();

        // The critical distance at a level of 1 %, which these fixed numbers pass or do not.
        distance.Should().BeLessThan(1.63 / Math.Sqrt(Operations));
    }

    [Fact]
    public void NextNs_PoissonOfAnotherSeed_IsAnother() =>
        Walk(ScheduleOf(new PoissonArrivals(new Rate(100)) { Seed = 1 }), Second)
            .Should().NotEqual(Walk(ScheduleOf(new PoissonArrivals(new Rate(100)) { Seed = 2 }), Second));

    [Fact]
    public void NextNs_ClosedPopulation_WaitsForItsAnswers()
    {
        var schedule = ScheduleOf(new ClosedArrivals(2, TimeSpan.FromMilliseconds(100)));
        Walk(schedule, Second).Should().Equal([(0, 0), (1, 50_000_000)], "the members begin one after the other");
        schedule.NextNs.Should().Be(Schedule.Nothing, "both wait for their answers");

        schedule.Ended(1, tookNs: 30_000_000);

        (schedule.Number, schedule.NextNs).Should().Be((3, 180_000_000), "the second operation of the second member is due when it has thought");
    }

    [Fact]
    public void Of_AShareOfAClosedPopulation_IsRefused() =>
        FluentActions.Invoking(() => Schedule.Of(new ClosedArrivals(2, TimeSpan.Zero), 0, 1, new Share(0, 2))).Should().Throw<ArgumentException>();

    private static Schedule ScheduleOf(Arrivals arrivals) => Schedule.Of(arrivals, 0, 1, Share.Whole);

    private static IEnumerable<(long Number, long NextNs)> Walk(Schedule schedule, long untilNs)
    {
        for (; schedule.NextNs < untilNs; schedule.Advance())
        {
            yield return (schedule.Number, schedule.NextNs);
        }
    }
}

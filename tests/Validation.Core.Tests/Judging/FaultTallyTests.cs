using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.TestKit;

namespace Validation.Core.Tests.Judging;

/// <summary>How often faults of a kind were proven and healed, and how late they came.</summary>
public sealed class FaultTallyTests
{
    private static readonly Dictionary<string, IReadOnlyList<string>> NoTargets = [];

    [Fact]
    public void Of_FaultsOfSeveralRuns_CountsThemByKindWithTheirDelays()
    {
        var tallies = FaultTally.Of([Run(late: 0.01, biting: 0.2, overdue: 0.05, healing: 1), Run(late: 0.03, biting: 0.4, overdue: 0.04, healing: 3)]);

        var kill = tallies.Should().ContainSingle().Subject;
        (kill.Kind, kill.Planned, kill.Proven, kill.Healed).Should().Be(("kill", 2, 2, 2));
        Milliseconds(kill.Late).Should().Equal(10, 30);
        Milliseconds(kill.Biting).Should().Equal(200, 400);
        Milliseconds(kill.Overdue).Should().Equal(40, 50);
        Milliseconds(kill.Healing).Should().Equal(1_000, 3_000);
    }

    [Fact]
    public void Of_AFaultThatWasRefutedBeforeItsEnd_IsNotProven()
    {
        var recording = Frame()
            .Event(1, new FaultInjecting("kill", NoTargets))
            .Event(1.1, new FaultInjected("kill", "Gone."))
            .Event(2, new FaultNotProven("kill", "held", "It lives."))
            .Event(3, new FaultHealed("kill", "Back."))
            .Build();

        var tally = FaultTally.Of([recording]).Single();

        (tally.Planned, tally.Proven, tally.Healed).Should().Be((1, 0, 0));
    }

    [Fact]
    public void Of_AFaultThatDoesNotHeal_WasProvenAndIsMissingAmongTheHealed()
    {
        var recording = Frame()
            .Event(1, new FaultInjecting("kill", NoTargets))
            .Event(1.1, new FaultInjected("kill", "Gone."))
            .Event(2, new FaultHealing("kill", "Gone all the time."))
            .Event(3, new FaultNotProven("kill", "healed", "Still gone."))
            .Build();

        var tally = FaultTally.Of([recording]).Single();

        (tally.Planned, tally.Proven, tally.Healed).Should().Be((1, 1, 0));
    }

    [Fact]
    public void Of_AFaultThatNeverCame_CountsAsPlanned()
    {
        var tally = FaultTally.Of([Frame().Build()]).Single();

        (tally.Planned, tally.Proven, tally.Late.Count).Should().Be((1, 0, 0));
        FaultTally.Quantile(tally.Late, 0.5).Should().BeNull();
    }

    [Theory]
    [InlineData(0.5, 10)]
    [InlineData(0.99, 20)]
    public void Quantile_OfTwenty_IsTheNearestRank(double quantile, int expected) =>
        FaultTally.Quantile([.. Enumerable.Range(1, 20).Select(i => TimeSpan.FromSeconds(i))], quantile).Should().Be(TimeSpan.FromSeconds(expected));

    private static IEnumerable<double> Milliseconds(IEnumerable<TimeSpan> times) => times.Select(time => Math.Round(time.TotalMilliseconds));

    private static HandmadeRecording Frame() => new HandmadeRecording().Load("fetch").Phase("a", 1, 10).Fault("kill", "a");

    private static RunRecording Run(double late, double biting, double overdue, double healing) => Frame()
        .Event(0.5, new FaultInjecting("kill", NoTargets))
        .Event(1 + late, new FaultBegun("kill", TimeSpan.FromSeconds(2)))
        .Event(1 + late + biting, new FaultInjected("kill", "Gone."))
        .Event(3 + late + biting + overdue, new FaultHealing("kill", "Gone all the time."))
        .Event(3 + late + biting + overdue + healing, new FaultHealed("kill", "Back."))
        .Build();
}

using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Core.Tests.Judging;

public class PowerCheckTests
{
    private static readonly Measure Availability = new(MeasureKind.Availability);
    private static readonly Measure P99 = new(MeasureKind.Latency, 99);

    [Fact]
    public void Of_ThreeNinesInTwelveSeconds_SaysWhatItWouldTake() =>
        Check(Plan(seconds: 12).Objective("fetch", Availability, 0.999)).Should().Equal(
            "'fetch availability whole' cannot pass, only be inconclusive or fail: 99.9 % needs 2,995 operations without one beyond the limit, "
            + "and 12s of 10/s hold 120. 250/s, or 5m, would do.");

    [Theory]
    [InlineData(29, 1)]
    [InlineData(30, 0)]
    public void Of_APercentile_NeedsAsManyAsItsShareTells(double seconds, int warnings) =>
        Check(Plan(seconds).Objective("fetch", P99, 0.25)).Should().HaveCount(warnings);

    [Fact]
    public void Of_APopulationThatIsNotKnownBeforehand_SaysNothing()
    {
        var plan = Plan(12).Objective("fetch", Availability, 0.999).Build().Plan;

        PowerCheck.Of(plan with { Loads = [plan.Loads[0] with { PerSecond = 0, Uneven = new ClosedArrivals(3, TimeSpan.FromSeconds(1)) }] }).Should().BeEmpty();
    }

    [Fact]
    public void Of_WhatIsNoSample_SaysNothing() =>
        Check(Plan(1).Objective("fetch", Availability, 1).Objective("fetch", new Measure(MeasureKind.LongestOutage), 5)).Should().BeEmpty();

    [Fact]
    public void Of_TheWindowOfAFaultThatDoesNotSayHowLongItLasts_SaysNothing() =>
        Check(Plan(10).Fault("a/kill", "a").Objective("fetch", Availability, 0.99, new WindowName("a", WindowPart.Fault))).Should().BeEmpty();

    [Theory]
    [InlineData("8s", WindowPart.Fault, "8s")]
    [InlineData("8s", WindowPart.Recovery, "11s")]
    public void Of_APartOfAPhase_KnowsItsLengthFromTheFault(string length, WindowPart part, string shown)
    {
        var plan = Plan(20).Fault("a/pause", "a").Objective("fetch", Availability, 0.999, new WindowName("a", part)).Build().Plan;
        var fault = plan.Faults[0] with { At = TimeSpan.FromSeconds(1), Parameters = new Dictionary<string, string> { ["for"] = length } };

        PowerCheck.Of(plan with { Faults = [fault] }).Should().ContainSingle().Which.Should().Contain($"and {shown} of");
    }

    private static HandmadeRecording Plan(double seconds) => new HandmadeRecording().Load("fetch").Phase("a", 0, seconds);

    private static IReadOnlyList<string> Check(HandmadeRecording recording) => PowerCheck.Of(recording.Build().Plan);
}

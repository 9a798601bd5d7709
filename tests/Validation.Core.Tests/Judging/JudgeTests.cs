using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Core.Tests.Judging;

public class JudgeTests
{
    private static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(10);
    private static readonly Measure Availability = new(MeasureKind.Availability);

    [Fact]
    public void Of_EverythingIsInOrder_Passes()
    {
        var result = Judge.Of(HealthyRun().Fault("a/kill", "a", 2, 4).Build(), []);

        result.Verdict.Should().Be(Verdict.Pass);
        result.Statement.Should().Be("All 4 checks passed.");
        result.ExitCode.Should().Be(ExitCode.Pass);
    }

    [Theory]
    [InlineData("injected")]
    [InlineData("held")]
    [InlineData("healed")]
    public void Of_AFaultWithoutAProof_IsInconclusive(string stage)
    {
        var recording = HealthyRun().Fault("a/kill", "a", 2, 4).Event(3, new FaultNotProven("a/kill", stage, "It was still there.")).Build();

        var result = Judge.Of(recording, []);

        result.ExitCode.Should().Be(ExitCode.Inconclusive);
        result.Findings.Single(finding => finding.Kind == FindingKind.Fault).Statement.Should().Contain(stage).And.Contain("It was still there.");
    }

    [Fact]
    public void Of_AFaultThatNeverFired_IsInconclusive() =>
        Judge.Of(HealthyRun().Fault("a/kill", "a").Build(), []).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Of_AGeneratorThatFellBehind_IsInconclusive()
    {
        var recording = HealthyRun().Operations("fetch", 9, 10, 10, TimeSpan.FromSeconds(1), lag: TimeSpan.FromMilliseconds(101)).Build();

        var finding = Judge.Of(recording, []).Findings.Single(finding => finding.Kind == FindingKind.Generator);

        finding.Verdict.Should().Be(Verdict.Inconclusive);
        finding.Statement.Should().StartWith("The generator fell behind: 10 of 110 operations");
    }

    [Theory]
    [InlineData(10, 100)]
    [InlineData(200, 50)]
    [InlineData(10_000, 1)]
    [InlineData(20_000, 1)]
    public void LimitFor_SteadyArrivals_IsTenIntervalsWithinBounds(double perSecond, double milliseconds) =>
        FiredOperations.LimitFor(new Rate(perSecond)).Should().Be(TimeSpan.FromMilliseconds(milliseconds));

    [Fact]
    public void LimitFor_ArrivalsWithoutAnInterval_IsTheLargest() =>
        FiredOperations.LimitFor(new BurstArrivals(500, TimeSpan.FromSeconds(10), TimeSpan.Zero)).Should().Be(Delays.LateAfter);

    [Fact]
    public void Of_AGeneratorThatIsRarelyLate_Passes() =>
        Judge.Of(HealthyRun().Operation("fetch", 9, TimeSpan.FromSeconds(1), lag: TimeSpan.FromMilliseconds(101)).Build(), [])
            .Findings.Single(finding => finding.Kind == FindingKind.Generator).Verdict.Should().Be(Verdict.Pass);

    [Theory]
    [InlineData(true, Verdict.Pass)]
    [InlineData(false, Verdict.Inconclusive)]
    public void Of_NothingToRenewInAPopulation_IsFineWhenItDidAnythingElse(bool attested, Verdict verdict)
    {
        var recording = HealthyRun().Build();
        var load = recording.Plan.Loads[0];
        var plan = recording.Plan with
        {
            Loads = [load with { Name = "agents/attest", Operation = "attest" }, load with { Name = "agents/renew", Operation = "renew" }],
            Objectives = [],
        };
        var samples = attested ? recording.Samples : recording.Samples with { Samples = [] };

        var findings = Judge.Of(recording with { Plan = plan, Samples = samples }, []).Findings;

        findings.Single(finding => finding.Name == "agents/renew").Verdict.Should().Be(verdict);
    }

    [Theory]
    [InlineData(3, Verdict.Pass)]
    [InlineData(6, Verdict.Fail)]
    public void Of_FailuresAndLagOfTheWarmUp_AreJudgedByNothing(double failuresUntil, Verdict verdict)
    {
        var recording = new HandmadeRecording().Load("fetch").WarmUp(3).Phase("a", 3, 13)
            .Objective("fetch", Availability, 0.9)
            .Operations("fetch", 0, failuresUntil, 10, Fast, "unavailable")
            .Operations("fetch", failuresUntil, 13, 10, Fast)
            .Operations("fetch", 0, 3, 10, TimeSpan.FromSeconds(1), lag: TimeSpan.FromMilliseconds(500))
            .Build();

        var result = Judge.Of(recording, []);

        result.Verdict.Should().Be(verdict);
        result.Findings.Single(finding => finding.Kind == FindingKind.Generator).Samples.Should().Be(100);
    }

    [Fact]
    public void Of_ARunThatWasCutShort_IsInconclusive() =>
        Judge.Of(HealthyRun().Event(0, new LoadsStarted()).BuildUnfinished(), []).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Of_TroubleOfTheHarness_IsInconclusive() =>
        Judge.Of(HealthyRun().Event(3, new Trouble("bundles", "it crashed")).Build(), []).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Of_AnInvariantThatCrashes_IsInconclusiveAndSaysSo()
    {
        var result = Judge.Of(HealthyRun().Invariant("broken").Build(), [new BrokenInvariant()]);

        var finding = result.Findings.Single(finding => finding.Kind == FindingKind.Invariant);
        finding.Verdict.Should().Be(Verdict.Inconclusive);
        finding.Statement.Should().Be("The check itself crashed: InvalidOperationException: Bug.");
    }

    [Fact]
    public void Of_AnInvariantThatNobodyKnows_IsInconclusive() =>
        Judge.Of(HealthyRun().Invariant("unheard-of").Build(), []).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Of_AFailureAndADoubt_Fails()
    {
        var recording = HealthyRun().Fault("a/kill", "a").Objective("fetch", Availability, 1).Operation("fetch", 9.95, Fast, "unavailable").Build();

        Judge.Of(recording, []).ExitCode.Should().Be(ExitCode.Fail, "a known failure outranks doubt");
    }

    [Fact]
    public void Of_ACanaryThatFailsForItsReason_Passes()
    {
        var recording = HealthyRun().Objective("fetch", Availability, 1).Operation("fetch", 9.95, Fast, "unavailable").Expect("fetch availability whole").Build();

        var result = Judge.Of(recording, []);

        result.ExitCode.Should().Be(ExitCode.Pass);
        result.Statement.Should().Be("Failed as expected, because of 'fetch availability whole' alone.");
    }

    [Fact]
    public void Of_ACanaryThatPasses_FailsBecauseTheAlarmIsSilent()
    {
        var result = Judge.Of(HealthyRun().Expect("fetch availability whole").Build(), []);

        result.ExitCode.Should().Be(ExitCode.Fail);
        result.Statement.Should().Contain("the alarm is silent");
    }

    [Fact]
    public void Of_ACanaryThatFailsForAnotherReason_Fails()
    {
        var recording = HealthyRun().Objective("fetch", Availability, 1).Operation("fetch", 9.95, Fast, "unavailable").Expect("something else").Build();

        Judge.Of(recording, []).Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public void Of_ACanaryWithADoubtBesides_IsInconclusive()
    {
        var recording = HealthyRun().Objective("fetch", Availability, 1).Operation("fetch", 9.95, Fast, "unavailable")
            .Expect("fetch availability whole").Fault("a/kill", "a").Build();

        Judge.Of(recording, []).Verdict.Should().Be(Verdict.Inconclusive);
    }

    [Fact]
    public void Of_ACanaryWhoseFaultIsNotProven_Passes()
    {
        var result = Judge.Of(HealthyRun().Fault("a/kill", "a").Expect("a/kill", verdict: Verdict.Inconclusive).Build(), []);

        result.ExitCode.Should().Be(ExitCode.Pass);
        result.Statement.Should().Be("Not decided as expected, because of 'a/kill' alone.");
    }

    [Fact]
    public void Of_ACanaryWithTooFewSamples_Passes()
    {
        var recording = HealthyRun().Objective("fetch", Availability, 0.5, minimumSamples: 1_000_000).Expect("fetch availability whole", verdict: Verdict.Inconclusive).Build();

        Judge.Of(recording, []).ExitCode.Should().Be(ExitCode.Pass);
    }

    [Fact]
    public void Of_ACanaryOfDoubtThatIsSureOfItself_Fails()
    {
        var recording = HealthyRun().Objective("fetch", Availability, 1).Operation("fetch", 9.95, Fast, "unavailable").Expect("fetch availability whole", verdict: Verdict.Inconclusive).Build();

        Judge.Of(recording, []).Verdict.Should().Be(Verdict.Fail, "it was expected to be in doubt");
    }

    [Fact]
    public void Of_ACanaryOfDoubtThatPasses_FailsBecauseTheAlarmIsSilent()
    {
        var result = Judge.Of(HealthyRun().Expect("fetch availability whole", verdict: Verdict.Inconclusive).Build(), []);

        result.ExitCode.Should().Be(ExitCode.Fail);
        result.Statement.Should().Contain("the alarm is silent");
    }

    [Fact]
    public void Of_ADefectThatShowsInOtherWaysToo_PassesWhenItIsNoticedWhereItShould()
    {
        var recording = HealthyRun().Objective("fetch", Availability, 1).Objective("fetch", new Measure(MeasureKind.Latency, 50), 0.0001).Operation("fetch", 9.95, Fast, "unavailable")
            .Expect("fetch availability whole", alsoOthers: true).Build();

        var result = Judge.Of(recording, []);

        result.Findings.Count(finding => finding.Verdict == Verdict.Fail).Should().Be(2);
        result.ExitCode.Should().Be(ExitCode.Pass);
        result.Statement.Should().Be("Failed as expected, because of 'fetch availability whole'.");
    }

    [Fact]
    public void Of_ADefectThatIsNoticedElsewhereOnly_Fails()
    {
        var recording = HealthyRun().Objective("fetch", Availability, 1).Objective("fetch", new Measure(MeasureKind.Latency, 50), 0.0001)
            .Expect("fetch availability whole", alsoOthers: true).Build();

        Judge.Of(recording, []).Verdict.Should().Be(Verdict.Fail);
    }

    [Fact]
    public void Of_ADefectAndAFaultWithoutProof_IsInconclusive()
    {
        var recording = HealthyRun().Objective("fetch", Availability, 1).Operation("fetch", 9.95, Fast, "unavailable")
            .Expect("fetch availability whole", alsoOthers: true).Fault("a/kill", "a").Build();

        Judge.Of(recording, []).Verdict.Should().Be(Verdict.Inconclusive, "only the stack may fail in other ways");
    }

    [Fact]
    public void Of_TheSameRecordingTwice_GivesTheSameResult()
    {
        var recording = HealthyRun().Fault("a/kill", "a", 2, 4).Build();

        Judge.Of(recording, []).Should().BeEquivalentTo(Judge.Of(recording, []));
    }

    private static HandmadeRecording HealthyRun() => new HandmadeRecording()
        .Load("fetch")
        .Phase("a", 0, 10)
        .Operations("fetch", 0, 10, 10, Fast)
        .Objective("fetch", Availability, 0.9, new WindowName("a"));

    private sealed class BrokenInvariant : IInvariant
    {
        public string Name => "broken";

        public string Statement => "Never mind.";

        public IReadOnlyList<string> FedBy => [];

        public Finding Judge(RunRecording recording) => throw new InvalidOperationException("Bug.");
    }
}

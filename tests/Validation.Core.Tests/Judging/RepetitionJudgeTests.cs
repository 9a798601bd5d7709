using Validation.Core.Judging;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Core.Tests.Judging;

public class RepetitionJudgeTests
{
    private static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(10);
    private static readonly Measure Recovery = new(MeasureKind.TimeToRecover);
    private static readonly Measure Availability = new(MeasureKind.Availability);
    private static readonly WindowName Killed = new("killed");

    [Theory]
    [InlineData(14, Verdict.Pass)]
    [InlineData(13, Verdict.Inconclusive)]
    public void Recovery_WithinTheLimitEachTime_PassesFromFourteenOn(int repetitions, Verdict verdict)
    {
        var finding = Objective(Enumerable.Repeat(Run(outageSeconds: 3), repetitions), Recovery, limit: 5);

        finding.Verdict.Should().Be(verdict);
        finding.Measured.Should().Be("3s");
        finding.Repetitions.Should().HaveCount(repetitions).And.OnlyContain(measured => measured == "3s");
    }

    [Fact]
    public void Recovery_TooLateHalfOfTheTimes_Fails() =>
        Objective([.. Enumerable.Repeat(Run(3), 7), .. Enumerable.Repeat(Run(8), 7)], Recovery, limit: 5).Verdict.Should().Be(Verdict.Fail);

    [Fact]
    public void Recovery_NotSeenMostTimes_HasNoMedian()
    {
        var finding = Objective([Run(3), Run(18), Run(18), Run(18)], Recovery, limit: 5);

        finding.Measured.Should().Be("longer than watched");
        finding.Repetitions![1].Should().Be("> 18s");
    }

    [Fact]
    public void Availability_OneRepetitionOutOfTwentyIsBad_CountsAsOneObservation()
    {
        var finding = Objective([.. Enumerable.Repeat(Run(0), 19), Run(18)], Availability, limit: 0.97);

        finding.Verdict.Should().Be(Verdict.Inconclusive, "the next twenty may have two such repetitions, or none");
        finding.Interval!.Operations.Should().Be(4_000);
        finding.Interval.Effective.Should().BeLessThan(40);
    }

    [Fact]
    public void Of_FewerRepetitionsThanPlanned_IsInconclusive() =>
        Judge([Run(0), Run(0)], Availability, 0.5, planned: 3).Findings.Single(finding => finding.Name == "repetitions").Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Of_AFaultThatWasNotProvenOnce_IsInconclusiveAndSaysWhen()
    {
        var unproven = Base(0).Fault("killed/kill", "killed");

        var finding = Judge([Run(0), unproven], Availability, 0.5).Findings.Single(finding => finding.Kind == FindingKind.Fault);

        finding.Verdict.Should().Be(Verdict.Inconclusive);
        finding.Statement.Should().StartWith("Repetition 2: ");
    }

    [Fact]
    public void Of_AFindingThatOnlyALaterRepetitionHas_Counts()
    {
        var first = Run(0).Build();
        var later = first with { Plan = first.Plan with { Loads = [.. first.Plan.Loads, first.Plan.Loads[0] with { Name = "idle" }] } };

        var result = RepetitionJudge.Of(
            first.Plan with { Repeat = 2 }, [.. new[] { first, later }.Select(recording => (recording, Core.Judging.Judge.Of(recording, [])))]);

        result.Findings.Single(finding => finding.Name == "idle").Verdict.Should().Be(Verdict.Inconclusive);
        result.Verdict.Should().Be(Verdict.Inconclusive);
    }

    private static Finding Objective(IEnumerable<HandmadeRecording> runs, Measure measure, double limit) =>
        Judge([.. runs], measure, limit).Findings.Single(finding => finding.Kind == FindingKind.Objective);

    private static RunResult Judge(HandmadeRecording[] runs, Measure measure, double limit, int? planned = null)
    {
        // The same recording may stand for several repetitions, so it is finished once.
        var finished = runs.Distinct().ToDictionary(run => run, run => run.Objective("fetch", measure, limit, Killed).Build());
        var recordings = runs.Select(run => finished[run]).ToArray();
        return RepetitionJudge.Of(
            recordings[0].Plan with { Repeat = planned ?? runs.Length },
            [.. recordings.Select(recording => (recording, Core.Judging.Judge.Of(recording, [])))]);
    }

    /// <summary>The fault is in force from 12 to 14; operations fail from 12 on for some seconds.</summary>
    private static HandmadeRecording Run(double outageSeconds) => Base(outageSeconds).Fault("killed/kill", "killed", 12, 14);

    private static HandmadeRecording Base(double outageSeconds) => new HandmadeRecording().Load("fetch").Phase("baseline", 0, 10).Phase("killed", 10, 30)
        .Operations("fetch", 0, 12, 10, Fast)
        .Operations("fetch", 12, 12 + outageSeconds, 10, Fast, "unavailable")
        .Operations("fetch", 12 + outageSeconds, 30, 10, Fast);
}

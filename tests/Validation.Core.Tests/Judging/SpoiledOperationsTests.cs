using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Core.Tests.Judging;

/// <summary>What the harness spoiled itself proves nothing against the stack; what it did not spoil still does.</summary>
public sealed class SpoiledOperationsTests
{
    private const int From = 26;
    private const int To = 36;

    private static readonly TimeSpan Lag = TimeSpan.FromMilliseconds(300);

    [Fact]
    public void Of_AGeneratorThatWasBehindAllTheTime_BlamesNobody()
    {
        var result = Judge.Of(Run(failing: Within(From, To), behind: Within(From, To)), []);

        result.ExitCode.Should().Be(ExitCode.Inconclusive);
        var finding = result.Findings.Single(finding => finding.Kind == FindingKind.Objective);
        finding.Measured.Should().Be("0 %", "what was measured is still said");
        finding.Statement.Should().EndWith("But 500 of 500 operations were on their way while the generator was behind, and without them it does not fail.");
    }

    [Fact]
    public void Objective_FailsOnlyWhileTheGeneratorWasBehind_IsInconclusive() =>
        Objective(failing: Within(30, 33), behind: Within(30, 33)).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Objective_FailsWhileItKeptUpToo_Fails() =>
        Objective(failing: Within(From, 33), behind: Within(30, 33)).Verdict.Should().Be(Verdict.Fail);

    [Fact]
    public void Objective_FailsByWhatWasFiredInTimeInASecondInWhichOthersWereLate_IsInconclusive()
    {
        // Every tenth operation is late, and only the others fail.
        static bool IsTenth(TimeSpan at) => (long)Math.Round(at.TotalMilliseconds / 20) % 10 == 0;

        Objective(failing: at => Within(30, 33)(at) && !IsTenth(at), behind: at => Within(30, 33)(at) && IsTenth(at)).Verdict.Should().Be(Verdict.Inconclusive);
    }

    [Fact]
    public void Objective_FailsByWhatWasFiredBeforeAndAnsweredWhileTheGeneratorWasBehind_IsInconclusive() =>
        Objective(failing: Within(28, 30), behind: Within(30, 31), latency: TimeSpan.FromSeconds(2)).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Objective_OfAGeneratorThatIsRarelyLate_FailsByAnything() =>
        Objective(failing: Within(30, 33), behind: at => at == TimeSpan.FromSeconds(30)).Verdict.Should().Be(Verdict.Fail, "one in a hundred may be late");

    [Fact]
    public void Objective_SomeLostAndSomeLate_SaysHowManyOfEach()
    {
        var recording = Run(failing: Within(30, 33), behind: Within(30, 32));
        var failed = recording.Samples.Failures.Keys.Max();
        var lost = (ushort)(failed + 1);
        recording = recording with
        {
            Samples = new SampleSet(
                [.. recording.Samples.Samples.Select(sample => sample.Outcome == failed && sample.PlannedNs >= 32_000_000_000 ? sample with { FiredNs = Sample.Never, Outcome = lost } : sample)],
                new Dictionary<ushort, string>(recording.Samples.Failures) { [lost] = Outcome.WorkerLost }),
        };

        var finding = Judge.Of(recording, []).Findings.Single(finding => finding.Kind == FindingKind.Objective);

        finding.Verdict.Should().Be(Verdict.Inconclusive);
        finding.Statement.Should().Contain("of 500 operations 50 were lost with their worker and 100 on their way while the generator was behind");
    }

    [Fact]
    public void Repetitions_TooLateByTheirOwnGenerator_AreNotCountedAgainstTheStack()
    {
        Finding Recovery(Func<TimeSpan, bool> behind)
        {
            var run = Run(Within(29, 35), behind, measure: MeasureKind.TimeToRecover);
            return RepetitionJudge.Of(run.Plan with { Repeat = 5 }, [.. Enumerable.Repeat((run, Judge.Of(run, [])), 5)])
                .Findings.Single(finding => finding.Kind == FindingKind.Objective);
        }

        Recovery(behind: _ => false).Verdict.Should().Be(Verdict.Fail);
        Recovery(behind: Within(29, 36)).Verdict.Should().Be(Verdict.Inconclusive);
    }

    [Fact]
    public void Repetitions_FailTogetherOnlyWhileTheirGeneratorWasBehind_AreInconclusiveAndSaySo()
    {
        Finding Availability(Func<TimeSpan, bool> behind)
        {
            var run = Run(Within(30, 33), behind);
            return RepetitionJudge.Of(run.Plan with { Repeat = 5 }, [.. Enumerable.Repeat((run, Judge.Of(run, [])), 5)])
                .Findings.Single(finding => finding.Kind == FindingKind.Objective);
        }

        Availability(behind: _ => false).Verdict.Should().Be(Verdict.Fail);
        var finding = Availability(behind: Within(30, 33));
        finding.Verdict.Should().Be(Verdict.Inconclusive);
        finding.Measured.Should().Be("70 %", "what was measured is still said");
        finding.Statement.Should().EndWith("But 750 of 2500 operations were on their way while the generator was behind, and without them it does not fail.");
    }

    private static Func<TimeSpan, bool> Within(int from, int to) => at => at >= TimeSpan.FromSeconds(from) && at < TimeSpan.FromSeconds(to);

    private static Finding Objective(Func<TimeSpan, bool> failing, Func<TimeSpan, bool> behind, TimeSpan? latency = null) =>
        Judge.Of(Run(failing, behind, latency), []).Findings.Single(finding => finding.Kind == FindingKind.Objective);

    /// <summary>Ten seconds with a load of 50 a second, and a fault after two of them.</summary>
    private static RunRecording Run(
        Func<TimeSpan, bool> failing, Func<TimeSpan, bool> behind, TimeSpan? latency = null, MeasureKind measure = MeasureKind.Availability)
    {
        var recording = new RecordingBuilder("slow", TimeSpan.FromSeconds(From))
            .Phase("baseline", TimeSpan.FromSeconds(To - From))
            .Load("sign", "x509-svid-sign", 50, (at, _) => failing(at) ? new Answer(latency ?? TimeSpan.FromMilliseconds(5), "unavailable") : new Answer(TimeSpan.FromMilliseconds(5)))
            .Fault("baseline/kill", "kill", "baseline", TimeSpan.FromSeconds(2), new Dictionary<string, string>(), new Dictionary<string, string>())
            .Event(TimeSpan.FromSeconds(28), new FaultInjected("baseline/kill", "Killed."))
            .Objective("sign", new Measure(measure), measure == MeasureKind.Availability ? 0.9 : 2, measure == MeasureKind.Availability ? "whole" : "baseline")
            .Build();
        return recording with
        {
            Samples = recording.Samples with
            {
                Samples =
                [
                    .. recording.Samples.Samples.Select(sample => behind(TimeSpan.FromMicroseconds(sample.PlannedNs / 1_000d))
                        ? sample with { FiredNs = sample.PlannedNs + (long)Lag.TotalNanoseconds, CompletedNs = Math.Max(sample.CompletedNs, sample.PlannedNs + (long)Lag.TotalNanoseconds) }
                        : sample),
                ],
            },
        };
    }
}

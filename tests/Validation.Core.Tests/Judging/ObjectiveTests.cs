using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Core.Tests.Judging;

/// <summary>Every measure is shown to pass, to fail and to refuse a verdict.</summary>
public class ObjectiveTests
{
    private static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(400);
    private static readonly Measure P99 = new(MeasureKind.Latency, 99);
    private static readonly Measure Availability = new(MeasureKind.Availability);
    private static readonly Measure Recovery = new(MeasureKind.TimeToRecover);
    private static readonly Measure Outage = new(MeasureKind.LongestOutage);
    private static readonly WindowName Killed = new("killed");

    [Fact]
    public void P99_OneInThreeHundredIsSlow_Passes() =>
        Judge(Run().Operations("fetch", 0, 10, 99, Fast).Operations("fetch", 0, 10, 0.3, Slow).Objective("fetch", P99, 0.25))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Pass && finding.Measured == "10.0ms" && finding.Samples == 993);

    [Fact]
    public void P99_OneInAHundredIsSlow_IsInconclusiveAndSaysHowManyItWouldTake()
    {
        var finding = Judge(Run().Operations("fetch", 0, 9.9, 10, Fast).Operation("fetch", 9.95, Slow).Objective("fetch", P99, 0.25));

        finding.Verdict.Should().Be(Verdict.Inconclusive, "the next hundred may as well have two");
        finding.Measured.Should().Be("10.0ms");
        finding.Interval.Should().Match<ConfidenceInterval>(interval => interval.High == null && interval.Operations == 100);
        finding.Hint.Should().Be("It is too near to its limit for any number of operations to decide.");
    }

    [Fact]
    public void P99_TooFewToShowAnything_SaysHowManyAreMissing() =>
        Judge(Run().Operations("fetch", 0, 10, 10, Fast).Objective("fetch", P99, 0.25)).Should().Match<Finding>(finding =>
            finding.Verdict == Verdict.Inconclusive && finding.Hint!.StartsWith("About 199 more operations"));

    [Fact]
    public void P99_FiveInAHundredAreSlow_Fails() =>
        Judge(Run().Operations("fetch", 0, 10, 95, Fast).Operations("fetch", 0, 10, 5, Slow).Objective("fetch", P99, 0.25))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Fail && finding.Measured == "400ms" && finding.Interval!.Low > 0.25);

    [Fact]
    public void P99_ExactlyOnItsLimit_Passes() =>
        Judge(Run().Operations("fetch", 0, 10, 30, Slow).Objective("fetch", P99, 0.4)).Verdict.Should().Be(Verdict.Pass);

    [Theory]
    [InlineData(0.4, Verdict.Pass)]
    [InlineData(0.399, Verdict.Fail)]
    public void P100_TheSlowestThatWasSeen_IsComparedAsItIs(double limit, Verdict verdict) =>
        Judge(Run().Operations("fetch", 0, 9, 10, Fast).Operation("fetch", 9.5, Slow).Objective("fetch", new Measure(MeasureKind.Latency, 100), limit))
            .Verdict.Should().Be(verdict);

    [Fact]
    public void P99_TooFewSamples_IsInconclusive() =>
        Judge(Run().Operations("fetch", 0, 10, 1, Fast).Objective("fetch", P99, 0.25, minimumSamples: 100))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Inconclusive && finding.Statement == "10 samples, 100 needed.");

    [Fact]
    public void P99_OnlySuccessesCountAsSamples() =>
        Judge(Run().Operations("fetch", 0, 10, 10, Fast, failure: "unavailable").Objective("fetch", P99, 0.25, minimumSamples: 100))
            .Verdict.Should().Be(Verdict.Inconclusive, "a load that only fails has no latency");

    [Theory]
    [InlineData(29, Verdict.Inconclusive)]
    [InlineData(30, Verdict.Pass)]
    public void Availability_NoFailures_PassesOnceThereAreEnough(double perSecond, Verdict verdict) =>
        Judge(Run().Operations("fetch", 0, 10, perSecond, Fast).Objective("fetch", Availability, 0.99)).Verdict.Should().Be(verdict);

    [Fact]
    public void Availability_FailuresThatAreSpread_Fail() =>
        Judge(Run().Operations("fetch", 0, 10, 96, Fast).Operations("fetch", 0, 10, 4, Fast, "unavailable").Objective("fetch", Availability, 0.99))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Fail && finding.Measured == "96 %" && finding.Interval!.High < 0.98);

    [Fact]
    public void Availability_TheSameFailuresInOneBurst_AreOneObservation()
    {
        var finding = Judge(Run().Operations("fetch", 0, 9.6, 100, Fast).Operations("fetch", 9.6, 10, 100, Fast, "unavailable").Objective("fetch", Availability, 0.99));

        finding.Verdict.Should().Be(Verdict.Inconclusive);
        finding.Interval!.Effective.Should().BeLessThan(50);
        finding.Statement.Should().Contain("because they are not independent of each other");
    }

    [Theory]
    [InlineData(null, Verdict.Pass)]
    [InlineData("unavailable", Verdict.Fail)]
    public void Availability_OfAHundredPercent_IsAboutWhatWasSeen(string? failure, Verdict verdict) =>
        Judge(Run().Operations("fetch", 0, 9, 10, Fast).Operation("fetch", 9.5, Fast, failure).Objective("fetch", Availability, 1)).Verdict.Should().Be(verdict);

    [Fact]
    public void Availability_NothingWasFired_IsInconclusive() =>
        Judge(Run().Objective("fetch", Availability, 0.99)).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Availability_OfAnotherWindow_LooksAtThatWindowOnly() =>
        Judge(Run().Operations("fetch", 0, 10, 10, Fast, "unavailable").Operations("fetch", 10, 30, 20, Fast).Objective("fetch", Availability, 0.99, Killed))
            .Verdict.Should().Be(Verdict.Pass);

    [Fact]
    public void TimeToRecover_FailuresForThreeSeconds_IsThreeSeconds() =>
        Judge(Outage3Seconds().Objective("fetch", Recovery, 5, Killed))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Pass && finding.Measured == "3s");

    [Fact]
    public void TimeToRecover_BeyondItsLimit_Fails() =>
        Judge(Outage3Seconds().Objective("fetch", Recovery, 2, Killed)).Verdict.Should().Be(Verdict.Fail);

    [Fact]
    public void TimeToRecover_SinceTheHeal_CountsFromThere() =>
        Judge(Outage3Seconds().Objective("fetch", Recovery, 5, Killed, since: RecoveryStart.Heal)).Measured.Should().Be("1s");

    [Fact]
    public void TimeToRecover_NothingEverFailed_IsZero() =>
        Judge(Run().Operations("fetch", 0, 30, 10, Fast).Fault("killed/kill", "killed", 12, 14).Objective("fetch", Recovery, 5, Killed))
            .Measured.Should().Be("0s");

    [Fact]
    public void TimeToRecover_ASuccessBetweenFailures_IsNotARecovery() =>
        Judge(Outage3Seconds().Operation("fetch", 13.05, Fast).Objective("fetch", Recovery, 5, Killed)).Measured.Should().Be("3s");

    [Fact]
    public void TimeToRecover_NeverWithinTheLimit_Fails() =>
        Judge(Run().Operations("fetch", 12, 30, 10, Fast, "unavailable").Fault("killed/kill", "killed", 12, 14).Objective("fetch", Recovery, 5, Killed))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Fail && finding.Measured == "> 18s");

    [Fact]
    public void TimeToRecover_NotWatchedLongEnough_IsInconclusive() =>
        Judge(Run().Operations("fetch", 12, 30, 10, Fast, "unavailable").Fault("killed/kill", "killed", 12, 14).Objective("fetch", Recovery, 60, Killed))
            .Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void TimeToRecover_SeveralInjections_IsTheLongestOfThem() =>
        Judge(Run().Operations("fetch", 0, 20, 10, Fast).Operations("fetch", 20, 24, 10, Fast, "unavailable").Operations("fetch", 24, 30, 10, Fast)
                .Fault("killed/kill", "killed", 12, 14).Fault("killed/again", "killed", 20, 21).Objective("fetch", Recovery, 3.5, Killed))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Fail && finding.Measured == "4s");

    [Fact]
    public void TimeToRecover_TheSecondInjectionNever_Fails() =>
        Judge(Run().Operations("fetch", 0, 20, 10, Fast).Operations("fetch", 20, 30, 10, Fast, "unavailable")
                .Fault("killed/kill", "killed", 12, 14).Fault("killed/again", "killed", 20, 21).Objective("fetch", Recovery, 5, Killed))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Fail && finding.Measured == "> 10s");

    [Fact]
    public void TimeToRecover_NobodyAskedForTheSettlingTime_IsOverWithTheNextSuccess() =>
        Judge(Run().Operations("fetch", 0, 12, 10, Fast).Operations("fetch", 19, 30, 10, Fast).Fault("killed/kill", "killed", 12, 14).Objective("fetch", Recovery, 5, Killed))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Fail && finding.Measured == "7s");

    [Fact]
    public void TimeToRecover_NobodyAskedAndThenAllFails_IsNoRecovery() =>
        Judge(Run().Operations("fetch", 0, 12, 10, Fast).Operations("fetch", 16, 30, 10, Fast, "unavailable").Fault("killed/kill", "killed", 12, 14).Objective("fetch", Recovery, 5, Killed))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Fail && finding.Measured == "> 18s");

    [Fact]
    public void TimeToRecover_NobodyAskedAnyMore_IsNoRecovery() =>
        Judge(Run().Operations("fetch", 0, 12, 10, Fast).Fault("killed/kill", "killed", 12, 14).Objective("fetch", Recovery, 5, Killed, minimumSamples: 0))
            .Verdict.Should().NotBe(Verdict.Pass);

    [Fact]
    public void Objective_ItsWindowWasMostlyFiredLate_IsNotPassed()
    {
        // Two seconds of a generator that stands still are few of ten minutes, and most of this window.
        var run = new HandmadeRecording().Load("fetch").Phase("short", 0, 10).Phase("long", 10, 600)
            .Operations("fetch", 0, 5, 10, Fast)
            .Operations("fetch", 5, 7, 10, TimeSpan.FromSeconds(3), lag: TimeSpan.FromSeconds(2.5))
            .Operations("fetch", 7, 600, 10, Fast);

        Judge(run.Objective("fetch", Availability, 0.9, new WindowName("short")))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Inconclusive && finding.Statement.EndsWith("the stack was hardly asked when it mattered."));
    }

    [Fact]
    public void Objective_FailsOnlyByAStallOfTheGeneratorThatIsShortBesideTheRun_IsInconclusive()
    {
        var run = new HandmadeRecording().Load("fetch").Phase("short", 0, 20).Phase("long", 20, 600)
            .Operations("fetch", 0, 10, 40, Fast)
            .Operations("fetch", 10, 15, 40, TimeSpan.FromSeconds(3), lag: TimeSpan.FromSeconds(2.5))
            .Operations("fetch", 15, 600, 40, Fast);

        Judge(run.Objective("fetch", new Measure(MeasureKind.Latency, 99), 0.25, new WindowName("short")))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Inconclusive && finding.Statement.Contains("while the generator was behind"));
    }

    [Fact]
    public void TimeToRecover_WithoutAProvenFault_IsInconclusive() =>
        Judge(Run().Operations("fetch", 0, 30, 10, Fast).Fault("killed/kill", "killed").Objective("fetch", Recovery, 5, Killed))
            .Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Objective_BeyondItsLimitByLessThanIsShown_IsShownWithAllItsDigits() =>
        Judge(Run().Operations("fetch", 0, 30, 20, TimeSpan.FromMilliseconds(100.4)).Objective("fetch", new Measure(MeasureKind.Latency, 100), 0.1))
            .Statement.Should().Be("p100 of 'fetch' is 100.4ms, limit ≤ 100ms.");

    [Fact]
    public void LongestOutage_TwoOutages_IsTheLongerOne() =>
        Judge(Outage3Seconds().Operation("fetch", 25.05, Fast, "unavailable").Objective("fetch", Outage, 4))
            .Should().Match<Finding>(finding => finding.Verdict == Verdict.Pass && finding.Measured == "3s");

    [Fact]
    public void LongestOutage_BeyondItsLimit_Fails() =>
        Judge(Outage3Seconds().Objective("fetch", Outage, 2)).Verdict.Should().Be(Verdict.Fail);

    [Fact]
    public void LongestOutage_ToTheEndOfTheWindow_EndsThere() =>
        Judge(Run().Operations("fetch", 0, 20, 10, Fast).Operations("fetch", 20, 30, 10, Fast, "unavailable").Objective("fetch", Outage, 4)).Measured.Should().Be("10s");

    [Theory]
    [InlineData(Verdict.Pass, "1.017 x", 40, 40, 41)]
    [InlineData(Verdict.Fail, "1.5 x", 60, 60)]
    [InlineData(Verdict.Fail, "3 x", 120)]
    [InlineData(Verdict.Inconclusive, null, 33, 33, 33)]
    [InlineData(Verdict.Inconclusive, null, 40, 40, 40, 40)]
    [InlineData(Verdict.Inconclusive, null)]
    public void Balance_SvidsOfEachAuthority_TheBusiestIsComparedWithTheAverage(Verdict verdict, string? measured, params int[] byEach)
    {
        var run = Run().Objective("fetch", new Measure(MeasureKind.Balance), 1.3, new WindowName("baseline"), minimumSamples: 100);
        foreach (var (issuer, count) in byEach.Select((count, issuer) => ($"a{issuer}", count)))
        {
            foreach (var number in Enumerable.Range(0, count))
            {
                run.Svid(new IssuedSvid(number * 10_000_000L, 0, SvidCheck.Verified, 0, 0, $"{number}", issuer, 0));
            }
        }

        // Those after the window count for nothing.
        run.Svid(new IssuedSvid(11_000_000_000, 0, SvidCheck.Verified, 0, 0, "1", "late", 0));
        var recording = run.Build();
        var finding = Core.Judging.Judge.Of(recording with { Plan = recording.Plan with { Nodes = ["spire-server-1", "spire-server-2", "spire-server-3", "spire-agent-1"] } }, [])
            .Findings.Single(finding => finding.Kind == FindingKind.Objective);

        finding.Verdict.Should().Be(verdict);
        finding.Measured.Should().Be(measured);
    }

    // The fault is in force from 12 to 14; operations planned from 12 to 15 fail.
    private static HandmadeRecording Outage3Seconds() => Run()
        .Operations("fetch", 0, 12, 10, Fast)
        .Operations("fetch", 12, 15, 10, Fast, "unavailable")
        .Operations("fetch", 15, 30, 10, Fast)
        .Fault("killed/kill", "killed", injectedAt: 12, healedAt: 14);

    private static HandmadeRecording Run() => new HandmadeRecording().Load("fetch").Phase("baseline", 0, 10).Phase("killed", 10, 30);

    private static Finding Judge(HandmadeRecording builder) =>
        Core.Judging.Judge.Of(builder.Build(), []).Findings.Single(finding => finding.Kind == FindingKind.Objective);
}

using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Core.Tests.Judging;

/// <summary>A run whose loads were shared by workers is only as good as the account of every share.</summary>
public sealed class WorkerJudgeTests
{
    private static readonly Fact Ready = new WorkerReady(1, "node-a", TimeSpan.FromMilliseconds(4), TimeSpan.FromMilliseconds(2), TimeSpan.Zero);

    [Fact]
    public void Judge_EverythingToldAndTheClockKnown_Passes()
    {
        var finding = Judge(Ready, Done(reported: 100));

        finding.Verdict.Should().Be(Verdict.Pass);
        finding.Name.Should().Be("worker 1 of 1");
        finding.Statement.Should().Contain("100 operations").And.Contain("node-a");
    }

    [Theory]
    [InlineData(100, Verdict.Pass)]
    [InlineData(100.1, Verdict.Inconclusive)]
    public void Judge_AClockAtTheLimit_IsTrustedUpToIt(double uncertaintyMs, Verdict expected) =>
        Judge(Ready, Done(reported: 100, uncertaintyMs: uncertaintyMs)).Verdict.Should().Be(expected);

    [Fact]
    public void Judge_AClockThatWasNotComparedAgain_IsInconclusive() =>
        Judge(Ready, new WorkerDone(1, 100, 0, null)).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Judge_OneOperationMissing_IsInconclusive()
    {
        var finding = Judge(Ready, Done(reported: 99, missing: 1));

        finding.Verdict.Should().Be(Verdict.Inconclusive);
        finding.Statement.Should().Contain("1 of its 100 operations");
    }

    [Fact]
    public void Judge_AnEmptyShare_IsInconclusive() => Judge(Ready, Done(reported: 0)).Verdict.Should().Be(Verdict.Inconclusive);

    [Fact]
    public void Judge_ALostWorker_IsInconclusiveWithTheReason()
    {
        var finding = Judge(Ready, new WorkerLost(1, "its connection was closed."), Done(reported: 60, missing: 40));

        finding.Verdict.Should().Be(Verdict.Inconclusive);
        finding.Statement.Should().Contain("its connection was closed.").And.Contain("40 of its 100 operations");
    }

    [Fact]
    public void Judge_ARecordingThatSaysNothingOfIt_IsInconclusive()
    {
        Judge().Verdict.Should().Be(Verdict.Inconclusive);
        Judge(Ready).Verdict.Should().Be(Verdict.Inconclusive);
        Judge(Done(reported: 100)).Verdict.Should().Be(Verdict.Inconclusive);
    }

    [Fact]
    public void Judge_APlanWithoutWorkers_AsksForNone() =>
        Core.Judging.Judge.Of(Recording(_ => null), []).Findings.Should().NotContain(finding => finding.Name.StartsWith("worker", StringComparison.Ordinal));

    [Fact]
    public void Objective_FailsOnlyByWhatALostWorkerLeftUndone_IsInconclusive()
    {
        var finding = Availability(at => at > TimeSpan.FromSeconds(30) ? Outcome.WorkerLost : null);

        finding.Verdict.Should().Be(Verdict.Inconclusive, finding.Statement);
        finding.Statement.Should().Contain("were lost with their worker");
    }

    [Fact]
    public void Objective_FailsWithoutThatToo_Fails() =>
        Availability(at => at > TimeSpan.FromSeconds(34) ? Outcome.WorkerLost : at > TimeSpan.FromSeconds(30) ? "unavailable" : null).Verdict.Should().Be(Verdict.Fail);

    [Fact]
    public void Objective_PassesAlthoughTheLostCountAsFailed_Passes() =>
        Availability(at => at > TimeSpan.FromSeconds(35.9) ? Outcome.WorkerLost : null).Verdict.Should().Be(Verdict.Pass);

    [Fact]
    public void Generator_WhatALostWorkerDidNotFire_IsNotItsDelay()
    {
        var recording = Recording(at => at > TimeSpan.FromSeconds(30) ? Outcome.WorkerLost : null);

        Core.Judging.Judge.Of(recording, []).Findings.Single(finding => finding.Kind == FindingKind.Generator).Verdict.Should().Be(Verdict.Pass);
    }

    [Fact]
    public void SamplesOf_ACopyWithOtherSamples_AnswersFromThose()
    {
        var recording = Recording(_ => null);
        recording.SamplesOf(0).Should().NotBeEmpty();

        (recording with { Samples = new SampleSet([], recording.Samples.Failures) }).SamplesOf(0).Should().BeEmpty();
    }

    [Fact]
    public void Facts_OfWorkers_SurviveTheEventLog()
    {
        Fact[] facts = [Ready, new WorkerLost(2, "Silent."), new WorkerDone(1, 5, 6, TimeSpan.FromMilliseconds(1.5)) { Processor = TimeSpan.FromSeconds(2), MemoryBytes = 7 }, new WorkerDone(2, 0, 9, null)];

        var read = facts.Select(fact => System.Text.Json.JsonSerializer.Deserialize<Fact>(System.Text.Json.JsonSerializer.Serialize(fact, HarnessJson.Lines), HarnessJson.Lines));

        read.Should().Equal(facts);
    }

    private static WorkerDone Done(long reported, long missing = 0, double uncertaintyMs = 3) => new(1, reported, missing, TimeSpan.FromMilliseconds(uncertaintyMs));

    private static Finding Judge(params Fact[] facts)
    {
        var recording = Recording(_ => null);
        var events = facts.Select(fact => new RunEvent(TimeSpan.FromSeconds(27), fact));
        return Core.Judging.Judge.Of(recording with { Plan = recording.Plan with { Workers = 1 }, Events = [.. events, .. recording.Events] }, [])
            .Findings.Single(finding => finding.Name == "worker 1 of 1");
    }

    private static Finding Availability(Func<TimeSpan, string?> failure) =>
        Core.Judging.Judge.Of(Recording(failure), []).Findings.Single(finding => finding.Kind == FindingKind.Objective);

    /// <summary>Ten seconds with a load of 50 a second.</summary>
    private static RunRecording Recording(Func<TimeSpan, string?> failure)
    {
        var recording = new RecordingBuilder("shared", TimeSpan.FromSeconds(26)).Phase("baseline", TimeSpan.FromSeconds(10))
            .Load("sign", "x509-svid-sign", 50, (at, _) => new Answer(TimeSpan.FromMilliseconds(5), failure(at)))
            .Objective("sign", new Measure(MeasureKind.Availability), 0.9, "whole")
            .Build();
        var lost = recording.Samples.Failures.Where(named => named.Value == Outcome.WorkerLost).Select(named => named.Key).ToHashSet();
        return recording with
        {
            Samples = recording.Samples with
            {
                Samples = [.. recording.Samples.Samples.Select(sample => lost.Contains(sample.Outcome) ? sample with { FiredNs = Sample.Never, CompletedNs = sample.PlannedNs + 10_000_000_000 } : sample)],
            },
        };
    }
}

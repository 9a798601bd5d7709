using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Load.Tests;

/// <summary>A target that stands still for a known time: what is reported of it must be what can be computed of it.</summary>
public sealed class StallTruthTests : IDisposable
{
    private const double PerSecond = 500;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1 / PerSecond);
    private static readonly TimeSpan StallAt = TimeSpan.FromSeconds(5.001);

    private readonly ManualClock _clock = new();
    private readonly FileInfo _file = new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));

    [Theory]
    [InlineData(37, 10, 2_000)]
    [InlineData(37, 10, 20)]
    [InlineData(2_000, 15, 10_000)]
    [InlineData(2_000, 15, 500)]
    [InlineData(30_000, 50, 10_000)]
    public async Task Judge_AStallOfKnownLength_IsReportedToOneInterval(int stallMs, int seconds, int timeoutMs)
    {
        var (stall, length, timeout) = (TimeSpan.FromMilliseconds(stallMs), TimeSpan.FromSeconds(seconds), TimeSpan.FromMilliseconds(timeoutMs));
        var outage = stall > timeout ? stall - timeout : TimeSpan.Zero;
        var truth = Truth(stall, length, timeout);

        var result = await JudgeAsync(
            length,
            timeout,
            new StallingTarget(_clock, StallAt, StallAt + stall),
            builder => builder
                .Objective("load", new Measure(MeasureKind.LongestOutage), (outage + Interval).TotalSeconds, "whole")
                .Objective("load", new Measure(MeasureKind.LongestOutage), (outage - Interval).TotalSeconds, "whole"));

        result.Findings.Take(2).Select(finding => finding.Verdict).Should().Equal([Verdict.Pass, Verdict.Fail], $"the outage lasts {outage}, give or take {Interval}");
        var statistics = result.Statistics.Single(statistics => statistics.Window == WindowName.WholeWord);
        statistics.Planned.Should().Be((int)(seconds * PerSecond), "nothing that was planned may be missing");
        (statistics.Planned - statistics.Succeeded).Should().BeCloseTo((int)(outage / Interval), 1);
        statistics.Median.Should().BeCloseTo(At(truth, 50), Interval);
        statistics.P95.Should().BeCloseTo(At(truth, 95), Interval);
        statistics.P99.Should().BeCloseTo(At(truth, 99), Interval);
        statistics.Largest.Should().BeCloseTo(At(truth, 100), Interval);
    }

    [Fact]
    public async Task Judge_ASlowGeneratorAndAQuickTarget_IsInconclusiveAndNoFailureOfTheTarget()
    {
        var result = await JudgeAsync(
            TimeSpan.FromSeconds(10),
            TimeSpan.FromSeconds(10),
            new StallingTarget(_clock, TimeSpan.MaxValue, TimeSpan.MaxValue),
            builder => builder.Objective("load", new Measure(MeasureKind.Availability), 0.999, "whole"),
            generatorStall: TimeSpan.FromSeconds(2));

        result.Verdict.Should().Be(Verdict.Inconclusive);
        result.Findings.Single(finding => finding.Verdict != Verdict.Pass).Should().Match<Finding>(finding =>
            finding.Kind == FindingKind.Generator && finding.Statement.Contains("fell behind") && finding.Hint != null);
    }

    [Fact]
    public async Task Judge_APhaseInWhichNothingWasPlanned_IsInconclusive()
    {
        var result = await JudgeAsync(
            TimeSpan.FromSeconds(4),
            TimeSpan.FromSeconds(1),
            new StallingTarget(_clock, TimeSpan.MaxValue, TimeSpan.MaxValue),
            builder => builder.Phase("empty", TimeSpan.FromSeconds(10)).Objective("load", new Measure(MeasureKind.Latency, 99), 1, "empty"));

        result.Verdict.Should().Be(Verdict.Inconclusive);
        result.Findings[0].Should().Match<Finding>(finding => finding.Verdict == Verdict.Inconclusive && finding.Samples == 0);
    }

    public void Dispose() => _file.Delete();

    /// <summary>The latencies of the operations that succeed, computed from the stall alone.</summary>
    private static TimeSpan[] Truth(TimeSpan stall, TimeSpan length, TimeSpan timeout) =>
    [
        .. Enumerable.Range(0, (int)(length / Interval))
            .Select(number => number * Interval)
            .Select(planned => planned >= StallAt && planned < StallAt + stall ? StallAt + stall - planned : TimeSpan.Zero)
            .Where(latency => latency <= timeout)
            .Order(),
    ];

    private static TimeSpan At(TimeSpan[] ascending, double percentile) =>
        ascending[Math.Max(0, (int)Math.Ceiling(percentile / 100 * ascending.Length) - 1)];

    private async Task<RunResult> JudgeAsync(
        TimeSpan length, TimeSpan timeout, StallingTarget target, Action<RecordingBuilder> ask, TimeSpan generatorStall = default)
    {
        var spec = new LoadSpec { Name = "load", Driver = new DriverKind("test", "Test.", []), Arrivals = new Rate(PerSecond), Timeout = timeout };
        var pacer = new TargetPacer(_clock, target, length - TimeSpan.FromTicks(1), generatorStall);
        using var stop = new CancellationTokenSource(pacer.End, _clock);
        await using (var samples = new SampleWriter(_file, _clock))
        {
            var running = new OpenLoopGenerator(() => pacer).RunAsync([new ReadyLoad(spec, target)], new RunClock(_clock), samples, new Nobody(), stop.Token);
            await pacer.Done.Task.WaitAsync(TimeSpan.FromMinutes(2));
            await _clock.RunUntilAsync(() => running, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        }

        var builder = new RecordingBuilder("stall", TimeSpan.Zero).Phase("only", length).Load("load", "test", PerSecond, (_, _) => default);
        ask(builder);
        return Core.Judging.Judge.Of(builder.Build() with { Samples = SampleFile.Read(_file) }, []);
    }

    /// <summary>Answers at once, but for a while: then everything that came meanwhile is answered when it goes on.</summary>
    private sealed class StallingTarget(ManualClock clock, TimeSpan from, TimeSpan until) : IFiredLoad
    {
        private readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _begun;
        private long _waiting;

        public TimeSpan GoesOnAt => until;

        public async ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken)
        {
            if (clock.Elapsed < from || clock.Elapsed >= until)
            {
                operation.Answered();
                Interlocked.Increment(ref _begun);
                return Outcome.Success;
            }

            Interlocked.Increment(ref _waiting);
            Interlocked.Increment(ref _begun);
            try
            {
                await _goesOn.Task.WaitAsync(cancellationToken);
                operation.Answered();
                return Outcome.Success;
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        public void AwaitBegun(long operations) => SpinWait.SpinUntil(() => Interlocked.Read(ref _begun) >= operations, TimeSpan.FromSeconds(10));

        public void GoOn()
        {
            _goesOn.TrySetResult();
            SpinWait.SpinUntil(() => Interlocked.Read(ref _waiting) == 0, TimeSpan.FromSeconds(10));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Moves the clock from instant to instant, and not on before the thread pool has done what belongs to the one it shows.</summary>
    private sealed class TargetPacer(ManualClock clock, StallingTarget target, TimeSpan end, TimeSpan stall) : IPacer
    {
        private long _fired;
        private TimeSpan _stall = stall;

        public TimeSpan End => end;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Begin()
        {
        }

        public void WaitUntil(long timestamp, CancellationToken stop)
        {
            var planned = TimeSpan.FromTicks(timestamp);
            var until = planned < end ? planned : end;
            target.AwaitBegun(_fired);
            if (target.GoesOnAt > clock.Elapsed && target.GoesOnAt <= until)
            {
                clock.Advance(target.GoesOnAt - clock.Elapsed);
                target.GoOn();
            }

            if (clock.Elapsed > TimeSpan.FromSeconds(1) && _stall > TimeSpan.Zero)
            {
                clock.Advance(_stall);
                _stall = TimeSpan.Zero;
            }

            if (until > clock.Elapsed)
            {
                clock.Advance(until - clock.Elapsed);
            }

            if (clock.Elapsed >= planned)
            {
                _fired++;
            }
            else
            {
                Done.TrySetResult();
            }
        }
    }

    private sealed class Nobody : IEventSink
    {
        public RunEvent Record(Fact fact) => new(TimeSpan.Zero, fact);
    }
}

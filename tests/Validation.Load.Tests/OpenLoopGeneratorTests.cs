using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Load.Tests;

/// <summary>The generator under a clock that a test moves: every stamp is known in advance.</summary>
public sealed class OpenLoopGeneratorTests : IDisposable
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new();
    private readonly FileInfo _file = new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
    private readonly EventList _events = new();

    [Fact]
    public async Task RunAsync_TenPerSecondForOneSecond_FiresTenOperationsAtTheirInstants()
    {
        var samples = await RunAsync(Load(10, (_, _) => new(Outcome.Success)));

        samples.Samples.Select(sample => sample.PlannedNs).Order().Should().Equal(Enumerable.Range(0, 10).Select(i => i * 100_000_000L));
        samples.Samples.Should().OnlyContain(sample => sample.Succeeded);
    }

    [Fact]
    public async Task RunAsync_AnswersThatNeverCome_AreTimeoutsAndDoNotHoldUpTheOthers()
    {
        var samples = await RunAsync(Load(10, async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return Outcome.Success;
        }));

        samples.Samples.Should().HaveCount(10);
        samples.Samples.Should().OnlyContain(sample => samples.Failures[sample.Outcome] == Outcome.TimedOut);
        samples.Samples.Should().OnlyContain(sample => sample.LatencyNs >= OneSecond.TotalNanoseconds);
    }

    [Fact]
    public async Task RunAsync_ADriverThatIgnoresItsDeadline_IsGivenUp()
    {
        var never = new TaskCompletionSource<Outcome>();

        var samples = await RunAsync(Load(5, (_, _) => new(never.Task)));

        samples.Samples.Should().HaveCount(5).And.OnlyContain(sample => samples.Failures[sample.Outcome] == Outcome.TimedOut);
    }

    [Fact]
    public async Task RunAsync_ADriverThatThrows_IsAFailureWithItsReason()
    {
        var samples = await RunAsync(Load(5, (_, _) => throw new InvalidOperationException("Bug.")));

        samples.Samples.Should().HaveCount(5).And.OnlyContain(sample => samples.Failures[sample.Outcome] == Outcome.DriverError);
        _events.Facts.Should().Equal(new FailureSeen("load", "driver-error", "InvalidOperationException: Bug."));
    }

    [Fact]
    public async Task RunAsync_AnAnswerAfterItsTime_IsATimeout()
    {
        var samples = await RunAsync(Load(1, (operation, _) =>
        {
            _clock.Advance(operation.Number == 0 ? TimeSpan.FromSeconds(1.2) : TimeSpan.Zero);
            operation.Answered();
            return new(Outcome.Success);
        }));

        var first = samples.Samples.Single(sample => sample.PlannedNs == 0);
        samples.Failures[first.Outcome].Should().Be(Outcome.TimedOut);
    }

    [Fact]
    public async Task RunAsync_TheWatchIsStoppedBeforeVerifying_DoesNotMeasureVerifying()
    {
        var samples = await RunAsync(Load(1, (operation, _) =>
        {
            operation.Answered();
            _clock.Advance(TimeSpan.FromMilliseconds(300));
            return new(Outcome.Success);
        }));

        samples.Samples.Should().OnlyContain(sample => sample.LatencyNs < 300_000_000);
    }

    [Fact]
    public async Task RunAsync_AGeneratorThatStalled_RecordsWhatItCouldNotFire()
    {
        // The pacer oversleeps by five seconds once: everything planned in between is late or beyond its time.
        var samples = await RunAsync(Load(10, (_, _) => new(Outcome.Success)), new SteppingPacer(_clock, stallAt: TimeSpan.FromSeconds(0.5), stallFor: TimeSpan.FromSeconds(5)));

        samples.Samples.Select(sample => sample.PlannedNs).Order().Should().Equal(Enumerable.Range(0, samples.Samples.Count).Select(i => i * 100_000_000L));
        samples.Samples.Should().HaveCountGreaterThan(50);
        samples.Samples.Where(sample => sample.FiredNs == Sample.Never).Should().NotBeEmpty()
            .And.OnlyContain(sample => samples.Failures[sample.Outcome] == Outcome.NotFired);
    }

    [Fact]
    public async Task RunAsync_TwoLoads_FireAtTheirOwnRates()
    {
        var samples = await RunAsync([Load(10, (_, _) => new(Outcome.Success)), Load(2, (_, _) => new(Outcome.Success))], new SteppingPacer(_clock));

        samples.Samples.Count(sample => sample.Load == 0).Should().Be(10);
        samples.Samples.Where(sample => sample.Load == 1).Select(sample => sample.PlannedNs).Order()
            .Should().Equal([250_000_000L, 750_000_000L], "the second of two loads begins half an interval later");
    }

    [Fact]
    public async Task RunAsync_AClosedPopulation_PlansTheNextOperationWhenItHasThought()
    {
        var load = new ReadyLoad(
            Load(1, (_, _) => default).Spec with { Arrivals = new ClosedArrivals(1, TimeSpan.FromMilliseconds(100)) },
            new DelegateLoad((_, _) =>
            {
                _clock.Advance(TimeSpan.FromMilliseconds(25));
                return new(Outcome.Success);
            }));

        var samples = await RunAsync(load);

        var planned = samples.Samples.OrderBy(sample => sample.PlannedNs).ToArray();
        planned.Should().HaveCountGreaterThan(3);
        planned.Zip(planned.Skip(1)).Should().OnlyContain(pair => pair.Second.PlannedNs == pair.First.CompletedNs + 100_000_000);
    }

    public void Dispose() => _file.Delete();

    private static ReadyLoad Load(double perSecond, Func<Operation, CancellationToken, ValueTask<Outcome>> run) => new(
        new LoadSpec { Name = "load", Driver = new DriverKind("test", "Test.", []), Arrivals = new Rate(perSecond), Timeout = OneSecond },
        new DelegateLoad(run));

    private Task<SampleSet> RunAsync(ReadyLoad load, SteppingPacer? pacer = null) => RunAsync([load], pacer ?? new SteppingPacer(_clock));

    /// <summary>Runs the loads for a little less than one second of manual time, then lets every answer or deadline come.</summary>
    private async Task<SampleSet> RunAsync(ReadyLoad[] loads, SteppingPacer pacer)
    {
        using var stop = new CancellationTokenSource(SteppingPacer.StopAt, _clock);
        await using (var samples = new SampleWriter(_file, _clock))
        {
            var running = new OpenLoopGenerator(() => pacer).RunAsync(loads, new RunClock(_clock), samples, _events, stop.Token);
            await pacer.Done.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await _clock.RunUntilAsync(() => running, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));
        }

        return SampleFile.Read(_file);
    }

    /// <summary>Moves the clock itself, as if the thread had slept, and once oversleeps.</summary>
    private sealed class SteppingPacer(ManualClock clock, TimeSpan? stallAt = null, TimeSpan stallFor = default) : IPacer
    {
        public static readonly TimeSpan StopAt = TimeSpan.FromMilliseconds(990);

        private bool _stalled;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Begin()
        {
        }

        public void WaitUntil(long timestamp, CancellationToken stop)
        {
            // The thread pool must stamp what was fired before time goes on.
            SpinWait.SpinUntil(() => ThreadPool.PendingWorkItemCount == 0, TimeSpan.FromSeconds(1));
            Thread.Sleep(5);
            if (!_stalled && stallAt is { } at && clock.Elapsed >= at)
            {
                _stalled = true;
                clock.Advance(stallFor);
            }

            var until = TimeSpan.FromTicks(timestamp) < StopAt ? TimeSpan.FromTicks(timestamp) : StopAt;
            if (until > clock.Elapsed)
            {
                clock.Advance(until - clock.Elapsed);
            }

            if (stop.IsCancellationRequested && TimeSpan.FromTicks(timestamp) > clock.Elapsed)
            {
                Done.TrySetResult();
            }
        }
    }

    private sealed class DelegateLoad(Func<Operation, CancellationToken, ValueTask<Outcome>> run) : IFiredLoad
    {
        public ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken) => run(operation, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class EventList : IEventSink
    {
        public List<Fact> Facts { get; } = [];

        public RunEvent Record(Fact fact)
        {
            lock (Facts)
            {
                Facts.Add(fact);
            }

            return new RunEvent(TimeSpan.Zero, fact);
        }
    }
}

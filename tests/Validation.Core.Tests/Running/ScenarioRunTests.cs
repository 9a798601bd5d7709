using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Core.Tests.Running;

public sealed class ScenarioRunTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly FakeEnvironment _environment = new();
    private readonly ScriptedFault _fault = new();
    private readonly InstantDriver _driver = new();
    private readonly ScriptedWitness _witness = new();
    private TimeSpan _warmUp;
    private TimeSpan? _deadline;
    private ObjectiveSpec[] _objectives = [];
    private ILoadGenerator _generator = new OneShotGenerator();
    private readonly DirectoryInfo _reports = Directory.CreateTempSubdirectory("validation-test-");

    [Fact]
    public async Task ExecuteAsync_AWholeRun_LeavesARecordingThatPasses()
    {
        var recording = await RunAsync();

        recording.Events.Select(happened => happened.Fact.GetType()).Should().Equal(
            typeof(StackReady), typeof(LoadsStarted), typeof(PhaseStarted), typeof(FaultInjecting), typeof(FaultBegun), typeof(FaultInjected),
            typeof(FaultHealing), typeof(FaultHealed), typeof(PhaseEnded), typeof(LoadsStopped), typeof(WorldCompared), typeof(RunEnded));
        recording.Environment["kernel"].Should().Be("6.0");
        Judge.Of(recording, []).Findings.Single(finding => finding.Kind == FindingKind.Fault).Verdict.Should().Be(Verdict.Pass);
    }

    [Fact]
    public async Task ExecuteAsync_SomethingStaysAsTheFaultLeftIt_IsLeftUnclean()
    {
        Read(World("none"), World("none"), World("drop everything"));

        var result = Judge.Of(await RunAsync(), []);

        result.ExitCode.Should().Be(ExitCode.LeftUnclean);
        var finding = result.Findings.Single(finding => finding.Kind == FindingKind.World);
        finding.Verdict.Should().Be(Verdict.Fail);
        finding.Statement.Should().Be("Left unclean: rules of the router: 'none' before, 'drop everything' now.");
    }

    [Fact]
    public async Task ExecuteAsync_SomethingFollowsItsHealLate_IsNotLeftUnclean()
    {
        Read(World("none"), World("none"), World("drop everything"), World("none"));

        var recording = await RunAsync();

        recording.Facts<WorldCompared>().Single().Fact.IsClean.Should().BeTrue();
        Judge.Of(recording, []).ExitCode.Should().Be(ExitCode.Pass);
    }

    [Fact]
    public async Task ExecuteAsync_SomethingIsOnlyThereForAMomentBeforeTheFaults_IsNotComparedWith()
    {
        Read(World("a moment"), World("none"), World("none"), World("none"));

        (await RunAsync()).Facts<WorldCompared>().Single().Fact.IsClean.Should().BeTrue();
    }

    [Fact]
    public async Task ExecuteAsync_SomethingCannotBeReadAfterwards_IsNotKnownToBeClean()
    {
        Read(World("none"), World("none"), []);

        var result = Judge.Of(await RunAsync(), []);

        result.ExitCode.Should().Be(ExitCode.Inconclusive);
        result.Findings.Single(finding => finding.Kind == FindingKind.World).Statement.Should().Contain("could not be read: rules of the router.");
    }

    [Fact]
    public async Task ExecuteAsync_NobodyIsThereWhoCouldHaveALimit_IsNoDifference()
    {
        Read(World("none"), World("none"), World(IStackWorld.Nobody));

        (await RunAsync()).Facts<WorldCompared>().Single().Fact.IsClean.Should().BeTrue();
    }

    [Fact]
    public async Task ExecuteAsync_AWarmUp_LiesBetweenTheFirstOperationAndTheFirstPhase()
    {
        _warmUp = TimeSpan.FromSeconds(10);

        var recording = await RunAsync();

        var started = recording.Facts<LoadsStarted>().Single().At;
        recording.MeasuredFrom.Should().BeGreaterThanOrEqualTo(started + _warmUp);
        recording.Facts<PhaseStarted>().Single().At.Should().BeGreaterThanOrEqualTo(recording.MeasuredFrom!.Value);
        recording.Plan.Phases.Single().StartsAt.Should().Be(_warmUp);
    }

    [Fact]
    public async Task ExecuteAsync_AfterItsEnd_TookEverythingBack()
    {
        await RunAsync();

        _environment.Stack.IsDisposed.Should().BeTrue();
        _driver.Disposed.Should().Be(1);
        _witness.Concluded.Should().BeTrue();
    }

    [Fact]
    public async Task ExecuteAsync_AFaultThatHealsLate_ExtendsItsPhase()
    {
        _fault.Length = TimeSpan.FromSeconds(60);

        var recording = await RunAsync();

        MeasuredWindows.Of(recording).Find(new WindowName("a"))!.Length.Should().BeGreaterThan(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task ExecuteAsync_AWitnessThatCrashes_MakesTheRunInconclusiveButDoesNotEndIt()
    {
        _witness.Crash = true;

        var recording = await RunAsync();

        recording.Facts<Trouble>().Single().Fact.Message.Should().Contain("InvalidOperationException");
        recording.Facts<RunEnded>().Should().ContainSingle();
        Judge.Of(recording, []).Verdict.Should().Be(Verdict.Inconclusive);
    }

    [Fact]
    public async Task ExecuteAsync_TheStackDoesNotComeUp_SaysWhyAndPreparesNothing()
    {
        _environment.Refusal = new HarnessException(ExitCode.EnvironmentFailed, "postgres-1 was not ready.");

        await this.Invoking(test => test.RunAsync()).Should().ThrowAsync<HarnessException>().WithMessage("postgres-1 was not ready.");

        _driver.Prepared.Should().Be(0);
    }

    [Fact]
    public async Task ExecuteAsync_ALoadThatCannotBePrepared_TakesTheStackDown()
    {
        _driver.Refusal = new HarnessException(ExitCode.EnvironmentFailed, "No agent attested.");

        await this.Invoking(test => test.RunAsync()).Should().ThrowAsync<HarnessException>();

        _environment.Stack.IsDisposed.Should().BeTrue();
    }

    [Fact]
    public async Task ExecuteAsync_TheRunIsInterrupted_KeepsWhatWasRecordedAndTakesTheStackDown()
    {
        using var stop = new CancellationTokenSource();
        _witness.OnWatch = stop.Cancel;

        await this.Invoking(test => test.RunAsync(stop.Token)).Should().ThrowAsync<OperationCanceledException>();

        _environment.Stack.IsDisposed.Should().BeTrue();
        var recording = RunRecording.Read(RunDirectory.Open(new DirectoryInfo(Path.Combine(_reports.FullName, "s", "latest"))));
        recording.Facts<RunEnded>().Should().BeEmpty();
        Judge.Of(recording, []).ExitCode.Should().Be(ExitCode.Inconclusive);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ExecuteAsync_AnObjectiveFailsForCertain_EndsTheRunWhenItMay(bool abort)
    {
        _generator = new FailingGenerator();
        _objectives =
        [
            new ObjectiveSpec
            {
                Name = "fetch", Load = "fetch", Window = WindowName.Whole, Measure = new Measure(MeasureKind.Availability), Limit = 0.9, MinimumSamples = 10, Abort = abort,
            },
        ];

        var recording = await RunAsync();

        var result = Judge.Of(recording, []);
        result.Verdict.Should().Be(Verdict.Fail);
        recording.Facts<RunAborted>().Should().HaveCount(abort ? 1 : 0);
        recording.Facts<RunEnded>().Should().ContainSingle();
        (recording.Facts<PhaseEnded>().Single().At - recording.Facts<PhaseStarted>().Single().At < TimeSpan.FromSeconds(9)).Should().Be(abort);
        (_fault.Disposals, _environment.Stack.IsDisposed, _witness.Concluded).Should().Be((1, true, true));
        result.Findings.Single(finding => finding.Kind == FindingKind.Run).Verdict.Should().Be(abort ? Verdict.Inconclusive : Verdict.Pass);
    }

    [Fact]
    public async Task ExecuteAsync_AnObjectiveCanStillBeMet_IsNotEnded()
    {
        // Half of its operations may fail: those of the first three seconds are fewer.
        _generator = new FailingGenerator { Until = TimeSpan.FromSeconds(3) };
        _objectives =
        [
            new ObjectiveSpec
            {
                Name = "fetch", Load = "fetch", Window = WindowName.Whole, Measure = new Measure(MeasureKind.Availability), Limit = 0.5, MinimumSamples = 10, Abort = true,
            },
        ];

        (await RunAsync()).Facts<RunAborted>().Should().BeEmpty();
    }

    [Fact]
    public async Task ExecuteAsync_AFaultThatDoesNotHealUntilTheDeadline_EndsTheRunAsItIs()
    {
        _deadline = TimeSpan.FromSeconds(30);
        _fault.Length = TimeSpan.FromMinutes(2);

        var recording = await RunAsync();

        recording.Facts<RunAborted>().Single().Fact.Reason.Should().Be("The deadline of 30s was over before the last phase.");
        _fault.Disposals.Should().Be(1);
        var result = Judge.Of(recording, []);
        result.Verdict.Should().Be(Verdict.Inconclusive);
        result.Findings.Single(finding => finding.Kind == FindingKind.Run).Statement.Should().Contain("The deadline of 30s");
    }

    [Fact]
    public async Task ExecuteAsync_ACancellationThatNobodyAskedFor_IsABugAndNotTheEndOfACompleteRun()
    {
        _fault.Refusal = new TaskCanceledException();

        await this.Invoking(test => test.RunAsync()).Should().ThrowAsync<OperationCanceledException>();

        var recording = RunRecording.Read(RunDirectory.Open(new DirectoryInfo(Path.Combine(_reports.FullName, "s", "latest"))));
        recording.Facts<RunEnded>().Should().BeEmpty();
    }

    [Fact]
    public async Task ExecuteOnAsync_AStackThatIsUp_RecordsAWholeRunAndLeavesItUp()
    {
        var recording = await RunAsync(run => run.ExecuteOnAsync(_environment.Stack, CancellationToken.None));

        Judge.Of(recording, []).Findings.Single(finding => finding.Kind == FindingKind.Run).Verdict.Should().Be(Verdict.Pass);
        recording.Environment["kernel"].Should().Be("6.0");
        (_environment.Stack.IsDisposed, _driver.Disposed).Should().Be((false, 1));
    }

    public void Dispose() => _reports.Delete(recursive: true);

    private Task<RunRecording> RunAsync(CancellationToken cancellationToken = default) => RunAsync(run => run.ExecuteAsync(cancellationToken));

    private async Task<RunRecording> RunAsync(Func<ScenarioRun, Task> execute)
    {
        var scenario = Scenario();
        var shape = _environment.Describe(StackSpec.Default);
        var directory = RunDirectory.Create(_reports, scenario.Name, _clock.GetUtcNow());
        var parts = new RunParts
        {
            Environment = _environment,
            Drivers = [_driver],
            Injectors = [_fault],
            Witnesses = [_witness],
            Generator = _generator,
            Time = _clock,
            Watcher = new NoWatcher(),
        };
        var run = new ScenarioRun(parts, scenario, Planner.Make(scenario, new Seed(1), "fake", shape, []), directory);
        await _clock.RunUntilAsync(() => execute(run), TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(5));
        return RunRecording.Read(directory);
    }

    private void Read(params Dictionary<string, string>[] worlds)
    {
        _environment.Stack.Worlds.Clear();
        foreach (var world in worlds)
        {
            _environment.Stack.Worlds.Enqueue(world);
        }
    }

    private static Dictionary<string, string> World(string rules) => new() { ["rules of the router"] = rules };

    private Scenario Scenario() => new()
    {
        Name = "s",
        Question = "Does it?",
        Position = new SourcePosition("s.yaml", 1, 1),
        Loads = [new LoadSpec { Name = "fetch", Driver = _driver.Kind, Arrivals = new Rate(10), Timeout = TimeSpan.FromSeconds(1) }],
        WarmUp = _warmUp,
        Phases =
        [
            new PhaseSpec
            {
                Name = "a",
                Length = TimeSpan.FromSeconds(10),
                Faults = [new FaultSpec { Name = "a/scripted", Kind = _fault.Kind, At = TimeSpan.FromSeconds(1) }],
            },
        ],
        Objectives = _objectives,
        Deadline = _deadline,
    };

    private sealed class FailingGenerator : ILoadGenerator
    {
        public TimeSpan Until { get; init; } = TimeSpan.MaxValue;

        public async Task RunAsync(
            IReadOnlyList<ReadyLoad> loads, RunClock clock, SampleWriter samples, IEventSink events, CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                var now = (long)clock.Now.TotalNanoseconds;
                samples.Record(new Sample(now, now, now + 1, 0, samples.NumberOf(clock.Now < Until ? Outcome.Failed("refused") : Outcome.Success)));
                await Task.Delay(TimeSpan.FromMilliseconds(100), clock.Time, CancellationToken.None);
            }
        }
    }

    private sealed class ScriptedWitness : IRunWitness
    {
        public bool Crash { get; set; }

        public bool Concluded { get; private set; }

        public Action OnWatch { get; set; } = () => { };

        public string Name => "scripted";

        public async Task WatchAsync(IStack stack, IEventSink events, CancellationToken cancellationToken)
        {
            OnWatch();
            if (Crash)
            {
                throw new InvalidOperationException("Bug.");
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        public Task ConcludeAsync(IStack stack, IEventSink events, CancellationToken cancellationToken)
        {
            Concluded = true;
            return Task.CompletedTask;
        }
    }
}

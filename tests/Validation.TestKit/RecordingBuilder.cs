using Validation.Core;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;

namespace Validation.TestKit;

/// <summary>How a made-up operation ends.</summary>
/// <param name="Latency">How long the answer took, or how long it was waited for.</param>
/// <param name="Failure">The class of the failure; null for success.</param>
public readonly record struct Answer(TimeSpan Latency, string? Failure = null);

/// <summary>Makes recordings of runs that never happened, piece by piece. Times are since the run began.</summary>
public sealed class RecordingBuilder
{
    private readonly List<PlannedLoad> _loads = [];
    private readonly List<PlannedPhase> _phases = [];
    private readonly List<PlannedFault> _faults = [];
    private readonly List<ObjectiveSpec> _objectives = [];
    private readonly List<RunEvent> _events = [];
    private readonly List<Sample> _samples = [];
    private readonly List<string> _failures = [];
    private readonly Dictionary<string, string> _environment = [];
    private readonly TimeSpan _loadsStart;
    private TimeSpan _end;

    /// <summary>Begins a recording.</summary>
    /// <param name="scenario">The scenario's name.</param>
    /// <param name="loadsStart">When the loads began to fire; the first phase begins then.</param>
    public RecordingBuilder(string scenario, TimeSpan loadsStart)
    {
        Scenario = scenario;
        _loadsStart = _end = loadsStart;
        Event(loadsStart, new LoadsStarted());
    }

    public string Scenario { get; }

    public string Question { get; set; } = "Does it hold?";

    public IReadOnlyList<string> Nodes { get; set; } = ["spire-server-1", "spire-server-2", "spire-server-3"];

    public IReadOnlyList<string> Invariants { get; set; } = [];

    public IReadOnlyList<string> Promises { get; set; } = [];

    public ExpectedFinding? Expect { get; set; }

    public int Seed { get; set; } = 42;

    /// <summary>Adds a phase after the last one, with its events.</summary>
    public RecordingBuilder Phase(string name, TimeSpan length)
    {
        _phases.Add(new PlannedPhase(name, _end - _loadsStart, length));
        Event(_end, new PhaseStarted(name));
        _end += length;
        Event(_end, new PhaseEnded(name));
        return this;
    }

    /// <summary>Adds a load with operations from its start to the end of the phases so far.</summary>
    public RecordingBuilder Load(
        string name, string driver, double perSecond, Func<TimeSpan, Random, Answer> answer, IReadOnlyDictionary<string, string>? parameters = null)
    {
        var index = (ushort)_loads.Count;
        var random = new Seed(Seed).StreamFor(name);
        var interval = TimeSpan.FromSeconds(1 / perSecond);
        _loads.Add(new PlannedLoad(name, driver, perSecond, TimeSpan.FromSeconds(10), parameters ?? new Dictionary<string, string>()));
        for (var at = _loadsStart; at < _end; at += interval)
        {
            var (latency, failure) = answer(at, random);
            var planned = (long)at.TotalNanoseconds;
            _samples.Add(new Sample(planned, planned + random.Next(20_000, 900_000), planned + (long)latency.TotalNanoseconds, index, OutcomeOf(failure)));
        }

        return this;
    }

    /// <summary>Adds a planned fault. What became of it is told with <see cref="Event"/>.</summary>
    public RecordingBuilder Fault(
        string name, string kind, string phase, TimeSpan at, IReadOnlyDictionary<string, string> targets, IReadOnlyDictionary<string, string> parameters)
    {
        _faults.Add(new PlannedFault(name, kind, phase, at, targets, parameters));
        return this;
    }

    /// <summary>Adds an objective.</summary>
    public RecordingBuilder Objective(string load, Measure measure, double limit, string window, int minimumSamples = 10, RecoveryStart since = RecoveryStart.Injection)
    {
        var windowName = WindowName.TryParse(window, out var parsed) ? parsed : throw new ArgumentException($"'{window}' is no window.", nameof(window));
        _objectives.Add(new ObjectiveSpec
        {
            Name = $"{load} {measure.Name} {window}",
            Load = load,
            Window = windowName,
            Measure = measure,
            Limit = limit,
            MinimumSamples = minimumSamples,
            Since = since,
        });
        return this;
    }

    /// <summary>Adds an event.</summary>
    public RecordingBuilder Event(TimeSpan at, Fact fact)
    {
        _events.Add(new RunEvent(at, fact));
        return this;
    }

    /// <summary>Adds a fact about the environment.</summary>
    public RecordingBuilder Environment(string name, string value)
    {
        _environment[name] = value;
        return this;
    }

    /// <summary>Returns the recording. It is complete unless told otherwise.</summary>
    public RunRecording Build(bool isComplete = true)
    {
        if (isComplete)
        {
            Event(_end + TimeSpan.FromSeconds(1), new LoadsStopped());
            Event(_end + TimeSpan.FromSeconds(3), new RunEnded());
        }

        var plan = new Plan
        {
            Scenario = Scenario,
            Question = Question,
            File = $"scenarios/{Scenario}.yaml",
            Seed = Seed,
            Environment = "local",
            Nodes = Nodes,
            Loads = _loads,
            Phases = _phases,
            Faults = _faults,
            Objectives = _objectives,
            Invariants = Invariants,
            Promises = Promises,
            Expect = Expect,
        };
        var names = _failures.Select((failure, index) => (Outcome: (ushort)(index + 1), failure)).ToDictionary(pair => pair.Outcome, pair => pair.failure);
        return new RunRecording(plan, [.. _events.OrderBy(happened => happened.At)], new SampleSet(_samples, names), [], _environment);
    }

    private ushort OutcomeOf(string? failure)
    {
        if (failure is null)
        {
            return 0;
        }

        if (!_failures.Contains(failure))
        {
            _failures.Add(failure);
        }

        return (ushort)(_failures.IndexOf(failure) + 1);
    }
}

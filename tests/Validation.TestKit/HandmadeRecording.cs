using Validation.Core;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;

namespace Validation.TestKit;

/// <summary>Makes recordings by hand: a run of which every operation and every event is known.</summary>
public sealed class HandmadeRecording
{
    private readonly List<RunEvent> _events = [];
    private readonly List<Sample> _samples = [];
    private readonly List<IssuedSvid> _svids = [];
    private readonly SortedDictionary<ushort, string> _failures = [];
    private readonly List<PlannedFault> _faults = [];
    private readonly List<ObjectiveSpec> _objectives = [];
    private readonly List<string> _loads = [];
    private readonly List<PlannedPhase> _phases = [];
    private readonly List<string> _invariants = [];
    private ExpectedFinding? _expect;
    private TimeSpan _warmUp;

    public HandmadeRecording Load(params string[] names)
    {
        _loads.AddRange(names);
        return this;
    }

    public HandmadeRecording Event(double atSeconds, Fact fact)
    {
        _events.Add(new RunEvent(TimeSpan.FromSeconds(atSeconds), fact));
        return this;
    }

    /// <summary>Adds a phase that really lasted from one second to another.</summary>
    public HandmadeRecording Phase(string name, double fromSeconds, double toSeconds)
    {
        _phases.Add(new PlannedPhase(name, TimeSpan.FromSeconds(fromSeconds), TimeSpan.FromSeconds(toSeconds - fromSeconds)));
        return Event(fromSeconds, new PhaseStarted(name)).Event(toSeconds, new PhaseEnded(name));
    }

    /// <summary>Adds a planned fault, with its proofs when it has edges.</summary>
    public HandmadeRecording Fault(string name, string phase, double? injectedAt = null, double? healedAt = null, string kind = "kill")
    {
        _faults.Add(new PlannedFault(name, kind, phase, TimeSpan.Zero, new Dictionary<string, string>(), new Dictionary<string, string>()));
        if (injectedAt is { } injected)
        {
            Event(injected, new FaultInjected(name, "Gone."));
        }

        return healedAt is { } healed ? Event(healed, new FaultHealed(name, "Back.")) : this;
    }

    public HandmadeRecording Objective(
        string load, Measure measure, double limit, WindowName window = default, int minimumSamples = 1, RecoveryStart since = RecoveryStart.Injection)
    {
        _objectives.Add(new ObjectiveSpec
        {
            Name = $"{load} {measure.Name} {window}",
            Load = load,
            Window = window,
            Measure = measure,
            Limit = limit,
            MinimumSamples = minimumSamples,
            Since = since,
        });
        return this;
    }

    public HandmadeRecording Invariant(params string[] names)
    {
        _invariants.AddRange(names);
        return this;
    }

    public HandmadeRecording Expect(string because, bool? alsoOthers = null, Verdict verdict = Verdict.Fail)
    {
        _expect = new ExpectedFinding(because) { AlsoOthers = alsoOthers, Verdict = verdict };
        return this;
    }

    /// <summary>Adds evenly spaced operations from one second (included) to another (not included).</summary>
    public HandmadeRecording Operations(
        string load, double fromSeconds, double toSeconds, double perSecond, TimeSpan latency, string? failure = null, TimeSpan lag = default)
    {
        var count = (int)Math.Round((toSeconds - fromSeconds) * perSecond);
        for (var i = 0; i < count; i++)
        {
            Operation(load, fromSeconds + (i / perSecond), latency, failure, lag);
        }

        return this;
    }

    public HandmadeRecording Operation(string load, double plannedSeconds, TimeSpan latency, string? failure = null, TimeSpan lag = default)
    {
        var planned = (long)Math.Round(plannedSeconds * 1e9);
        _samples.Add(new Sample(
            planned,
            planned + (long)lag.TotalNanoseconds,
            planned + (long)latency.TotalNanoseconds,
            (ushort)_loads.IndexOf(load),
            failure is null ? (ushort)0 : NumberOf(failure)));
        return this;
    }

    /// <summary>Lets the loads fire that long before anything is judged.</summary>
    public HandmadeRecording WarmUp(double seconds, bool ended = true)
    {
        _warmUp = TimeSpan.FromSeconds(seconds);
        return ended ? Event(seconds, new WarmUpEnded()) : this;
    }

    public HandmadeRecording Svid(IssuedSvid svid)
    {
        _svids.Add(svid);
        return this;
    }

    /// <summary>Frames the run: loads start at zero and it ends after its last event.</summary>
    public RunRecording Build()
    {
        Event(0, new LoadsStarted());
        var end = _events.Max(happened => happened.At) + TimeSpan.FromSeconds(1);
        _events.Add(new RunEvent(end, new RunEnded()));
        return BuildUnfinished();
    }

    /// <summary>Builds the recording as it is, as after a run that was cut short.</summary>
    public RunRecording BuildUnfinished() => new(
        new Plan
        {
            Scenario = "by-hand",
            Question = "Does it work?",
            File = "scenarios/by-hand.yaml",
            Seed = 7,
            Environment = "fake",
            Nodes = ["spire-server-1", "postgres-1"],
            Loads = [.. _loads.Select(load => new PlannedLoad(load, "x509-svid-fetch", 10, TimeSpan.FromSeconds(10), new Dictionary<string, string>()))],
            WarmUp = _warmUp,
            Phases = _phases,
            Faults = _faults,
            Objectives = _objectives,
            Invariants = _invariants,
            Promises = [],
            Expect = _expect,
        },
        [.. _events.OrderBy(happened => happened.At)],
        new SampleSet(_samples, _failures),
        _svids,
        new Dictionary<string, string> { ["spire"] = "embedded SPIRE" });

    private ushort NumberOf(string failure)
    {
        var known = _failures.FirstOrDefault(pair => pair.Value == failure).Key;
        if (known != 0)
        {
            return known;
        }

        var number = (ushort)(_failures.Count + 1);
        _failures[number] = failure;
        return number;
    }
}

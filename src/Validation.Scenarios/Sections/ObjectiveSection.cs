using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Scenarios.Reading;
using Validation.Scenarios.Yaml;

namespace Validation.Scenarios.Sections;

/// <summary>Reads <c>objectives</c>: what must hold, for which load, in which window.</summary>
internal sealed class ObjectiveSection
{
    private static readonly Dictionary<string, RecoveryStart> Starts = new()
    {
        ["injection"] = RecoveryStart.Injection,
        ["heal"] = RecoveryStart.Heal,
    };

    private readonly IReadOnlyList<LoadDraft> _loads;
    private readonly int _servers;
    private readonly LimitSection _limits;
    private readonly WindowCheck _windows;
    private readonly NameRegister _names;
    private readonly Dictionary<(string, WindowName, Measure, RecoveryStart), SourcePosition> _asked = [];
    private readonly DiagnosticLog _log;

    /// <summary>Creates the reader.</summary>
    /// <param name="loads">The scenario's loads.</param>
    /// <param name="phases">The scenario's phases.</param>
    /// <param name="stack">The stack from whose configuration limits may be counted.</param>
    /// <param name="log">Takes what is wrong.</param>
    public ObjectiveSection(IReadOnlyList<LoadDraft> loads, IReadOnlyList<PhaseDraft> phases, StackSpec stack, DiagnosticLog log)
    {
        _loads = loads;
        _servers = stack.Counts.GetValueOrDefault(Roles.SpireServer);
        _limits = new LimitSection(stack, log);
        _windows = new WindowCheck(phases);
        _names = new NameRegister("objective", log);
        _log = log;
    }

    /// <summary>Reads the objectives.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <returns>One item for each objective of the file; null where it could not be read.</returns>
    public IReadOnlyList<ObjectiveSpec?> Read(MappingReader scenario) =>
        [.. scenario.DemandItems("objectives", "objectives: [{ load: fetch, availability: 99.9% }]").Select(ReadObjective)];

    private ObjectiveSpec? ReadObjective(YamlValue value)
    {
        if (MappingReader.Of(value, "an objective", _log) is not { } objective)
        {
            return null;
        }

        var load = objective.Demand("load", Formats.OneOf([.. _loads.SelectMany(load => load.Streams)]), "load: fetch");
        var window = ReadWindow(objective);
        var name = objective.Read("name", Formats.Text);
        var abort = objective.Read("abort", Formats.Flag);
        var minimum = objective.Read("minimum-samples", Formats.Count(1, 10_000_000));
        var measured = ReadMeasure(objective);
        var (settle, since) = ReadRecovery(objective, measured?.Measure.Kind);
        objective.RejectOthers(MeasureKeys.Usual);
        if (name is not null)
        {
            _names.Take(name, objective.Position);
        }

        if (load is null || window is null || measured is not { Limit: { } limit, Measure: var measure, Source: var source })
        {
            return null;
        }

        RejectSecond((load, window.Value, measure, since), objective.Position);
        var spec = new ObjectiveSpec
        {
            Name = name ?? _names.TakeDefault($"{load} {measure.Name} {window}", objective.Position),
            Load = load,
            Window = window.Value,
            Measure = measure,
            Limit = limit,
            LimitSource = source,
            MinimumSamples = minimum ?? measure.DefaultMinimumSamples(limit),
            Since = since,
            Abort = abort ?? false,
        };
        spec = settle is null ? spec : spec with { Settle = settle.Value };
        Check(objective, spec);
        return spec;
    }

    private WindowName? ReadWindow(MappingReader objective) =>
        objective.Find("window") is { } value ? objective.Convert(value, "window", _windows.Format) : WindowName.Whole;

    private (Measure Measure, double? Limit, string? Source)? ReadMeasure(MappingReader objective)
    {
        var keys = objective.Entries.Select(entry => entry.Key.Text).Where(MeasureKeys.IsMeasure).ToArray();
        var values = keys.ToDictionary(key => key, objective.Find);
        switch (keys.Length)
        {
            case 0:
                objective.Complain(
                    string.Empty,
                    $"the objective does not say what it measures. Add one of {Formats.Listed(MeasureKeys.Usual)}, for example 'p99: 250ms'.");
                return null;
            case > 1:
                objective.Complain(keys[1], $"the objective has {keys.Length} measures, {string.Join(" and ", keys)}. Write one objective for each.");
                return null;
            default:
                break;
        }

        var found = MeasureKeys.Find(keys[0]);
        if (found is not { } measure)
        {
            objective.Complain(keys[0], $"there is no percentile '{keys[0]}'. Allowed is more than p0 and at most p100.");
            return null;
        }

        if (values[keys[0]] is not { } value)
        {
            return null;
        }

        var (limit, source) = _limits.Read(value, measure, objective);
        return (measure, limit, source);
    }

    private static (TimeSpan? Settle, RecoveryStart Since) ReadRecovery(MappingReader objective, MeasureKind? kind)
    {
        var settle = objective.Read("settle", Formats.Length());
        var since = objective.Read("since", Formats.Choice(Starts));
        foreach (var key in new[] { "settle", "since" }.Where(key => kind is not null and not MeasureKind.TimeToRecover && objective.Has(key)))
        {
            objective.Complain(key, $"'{key}' belongs to time-to-recover; this objective measures something else.");
        }

        return (settle, since ?? RecoveryStart.Injection);
    }

    private void RejectSecond((string, WindowName, Measure, RecoveryStart) question, SourcePosition position)
    {
        if (!_asked.TryAdd(question, position))
        {
            _log.Add(position, $"this objective asks the same as the one in line {_asked[question].Line}.");
        }
    }

    private void Check(MappingReader objective, ObjectiveSpec spec)
    {
        if (spec.Measure.Kind == MeasureKind.TimeToRecover && _windows.RecoveryProblem(spec.Window) is { } problem)
        {
            objective.Complain("window", problem);
        }

        if (spec.Measure.Kind == MeasureKind.LongestOutage && _windows.LongestLength(spec.Window) is { } most && spec.Limit >= most.TotalSeconds)
        {
            objective.Complain("longest-outage", $"limit '{spec.Measure.Format(spec.Limit)}' cannot be exceeded: window '{spec.Window}' lasts {Duration.Format(most)}.");
        }

        if (spec.Measure.Kind == MeasureKind.Balance && _servers > 0 && spec.Limit >= _servers)
        {
            objective.Complain("balance", $"limit '{spec.Measure.Format(spec.Limit)}' cannot be exceeded: there are {_servers} servers, and one that signs everything signs {_servers} times its share.");
        }

        if (_loads.First(load => load.Streams.Contains(spec.Load)).Spec is not { } load)
        {
            return;
        }

        // An operation that takes longer than the timeout is a failure and not a latency: such a limit could not be exceeded.
        if (spec.Measure.Kind == MeasureKind.Latency && spec.Limit >= load.Timeout.TotalSeconds)
        {
            objective.Complain(
                spec.Measure.Name,
                $"limit '{spec.Measure.Format(spec.Limit)}' cannot be exceeded: "
                + $"operations of '{spec.Load}' fail after {Duration.Format(load.Timeout)}, their timeout.");
        }

        var arrivals = load.Streams.First(stream => stream.Name == spec.Load).Arrivals;
        if (spec.Measure.Kind == MeasureKind.TimeToRecover && GapOf(arrivals) is { } gap && gap >= spec.Settle)
        {
            objective.Complain(
                "time-to-recover",
                $"{arrivals} asks every {Duration.Format(gap)}, and operations have to succeed for {Duration.Format(spec.Settle)}: "
                + "silence is no recovery. Raise the arrivals, or say a longer settle.");
        }

        if (_windows.ShortestLength(spec.Window) is not { } length)
        {
            return;
        }

        var planned = arrivals.MostIn(length);
        if (planned < spec.MinimumSamples)
        {
            objective.Complain(
                "minimum-samples",
                $"the objective needs {spec.MinimumSamples} samples, but window '{spec.Window}' holds {planned}: "
                + $"{arrivals} for {Duration.Format(length)}. "
                + "It could only be inconclusive. Raise the arrivals, make the window longer, or say minimum-samples.");
        }
    }

    private static TimeSpan? GapOf(Arrivals arrivals) => arrivals switch
    {
        BurstArrivals burst => burst.Every,
        { PerSecond: > 0 } => TimeSpan.FromSeconds(1 / arrivals.PerSecond),
        _ => null,
    };
}

using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Scenarios;

namespace Validation.Core.Comparing;

/// <summary>The figures of one run, by which it is compared with others. A run is one observation, however many operations it has.</summary>
/// <param name="Run">The run's folder, as the user named it.</param>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="Environment">The environment's name.</param>
/// <param name="Machine">What the environment says of the machine; figures of different ones cannot be compared.</param>
/// <param name="Figures">The figures.</param>
public sealed record RunFigures(
    string Run, string Scenario, string Environment, IReadOnlyDictionary<string, string> Machine, IReadOnlyList<Figure> Figures)
{
    private static readonly string[] FactsOfTheMachine = ["processors", "memory", "kernel"];

    /// <summary>Takes the figures of a run.</summary>
    /// <param name="run">The run's folder, as the user named it.</param>
    /// <param name="recording">Its recording.</param>
    /// <param name="result">The verdicts on it.</param>
    public static RunFigures Of(string run, RunRecording recording, RunResult result) => new(
        run,
        recording.Plan.Scenario,
        recording.Plan.Environment,
        recording.Environment.Where(fact => FactsOfTheMachine.Contains(fact.Key)).ToDictionary(),
        [.. OfObjectives(recording.Plan.Objectives, result), .. result.Statistics.Where(load => load is { Window: WindowName.WholeWord, Planned: > 0 }).SelectMany(OfLoad)]);

    /// <summary>Returns why a run's figures cannot be compared: its generator, its faults or its recording were not in order.</summary>
    /// <param name="result">The verdicts on it.</param>
    /// <returns>Null when everything was; the generator's finding last, because it alone says that the stack is not to blame.</returns>
    public static Finding? Taint(RunResult result) => result.Findings
        .Where(finding => finding.Kind is FindingKind.Generator or FindingKind.Fault or FindingKind.World or FindingKind.Run && finding.Verdict != Verdict.Pass)
        .OrderBy(finding => finding.Kind == FindingKind.Generator)
        .FirstOrDefault();

    private static IEnumerable<Figure> OfObjectives(IEnumerable<ObjectiveSpec> objectives, RunResult result) =>
        from objective in objectives
        from finding in result.Findings
        where finding.Kind == FindingKind.Objective && finding.Name == objective.Name && finding.Value is not null
        select new Figure(objective.Name, FigureFamily.Objective, objective.Measure, finding.Value!.Value);

    private static IEnumerable<Figure> OfLoad(LoadStatistics load)
    {
        yield return Statistic(new Measure(MeasureKind.Availability), load.Availability);
        if (load.Succeeded > 0)
        {
            yield return Statistic(new Measure(MeasureKind.Latency, 50), load.Median.TotalSeconds);
            yield return Statistic(new Measure(MeasureKind.Latency, 99), load.P99.TotalSeconds);
        }

        Figure Statistic(Measure measure, double value) => new($"{load.Load} {measure.Name} {load.Window}", FigureFamily.Statistic, measure, value);
    }
}

/// <summary>One figure of a run.</summary>
/// <param name="Name">Its name: the objective's, or load, measure and window.</param>
/// <param name="Family">What it is; figures of one family are corrected for their number together.</param>
/// <param name="Measure">What was measured.</param>
/// <param name="Value">A share for availability, seconds for everything else.</param>
public sealed record Figure(string Name, FigureFamily Family, Measure Measure, double Value);

/// <summary>What a figure is.</summary>
public enum FigureFamily
{
    /// <summary>What an objective measured.</summary>
    Objective,

    /// <summary>A number of a load over the whole run.</summary>
    Statistic,
}

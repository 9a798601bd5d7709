using Validation.Core.Judging;
using Validation.Core.Scenarios;
using Validation.Statistics;

namespace Validation.Core.Capacity;

/// <summary>A scenario as a question about its capacity: up to which rate of one load are its objectives met while nothing is broken?</summary>
/// <remarks>
/// Its other loads fire as ever. Its faults are not injected, so objectives about recovery, and those over a phase with faults,
/// are left out: they allow what a healthy stack must not need.
/// </remarks>
public sealed class CapacityQuestion
{
    /// <summary>The one phase of each level.</summary>
    public const string Phase = "measured";

    // A window of even arrivals may hold one operation less than its length tells.
    private const double Reserve = 1.1;

    private readonly CapacityOptions _options;
    private readonly Scenario _scenario;
    private readonly IReadOnlyList<ObjectiveSpec> _objectives;

    private CapacityQuestion(Scenario scenario, LoadSpec load, CapacityOptions options)
    {
        (_scenario, _options, Load) = (scenario, options, load.Name);
        var healthy = scenario.Objectives.Where(objective => objective.Measure.Kind != MeasureKind.TimeToRecover && !HasFault(objective.Window)).ToArray();
        _objectives = [.. healthy.Where(CanBeDecided).GroupBy(objective => (objective.Load, objective.Measure)).Select(Strictest)];
        LeftOut = [.. scenario.Objectives.Except(healthy.Where(CanBeDecided)).Select(objective => objective.Name)];
        Lowest = new Rate(Math.Max((options.From ?? new Rate(load.Arrivals.PerSecond)).PerSecond, Needed * Reserve / CapacityOptions.LongestWindow.TotalSeconds));
    }

    /// <summary>Gets the load whose rate is varied.</summary>
    public string Load { get; }

    /// <summary>Gets the names of the scenario's objectives that no level is judged by.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    /// <summary>Gets what each level must meet.</summary>
    public IReadOnlyList<string> Objectives => [.. _objectives.Select(objective => $"{objective.Name} {objective.LimitText()}")];

    /// <summary>Gets the rate that is tried first.</summary>
    public Rate Lowest { get; }

    /// <summary>Gets the highest rate that is tried; null for none.</summary>
    public Rate? Highest => _options.To;

    // So many operations of the load are needed before its objectives can be met.
    private int Needed => _objectives.Where(objective => objective.Load == Load).Max(Operations);

    /// <summary>Makes the question of a scenario.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="options">How the capacity is searched for.</param>
    /// <exception cref="HarnessException">There is no such load, its rate cannot be chosen, or no objective judges it.</exception>
    public static CapacityQuestion Of(Scenario scenario, CapacityOptions options)
    {
        var load = options.Load is { } name ? scenario.Loads.FirstOrDefault(load => load.Name == name) : scenario.Loads[0];
        if (load is null)
        {
            throw Refused($"{scenario.Position.Path} has no load '{options.Load}'.{NearestWord.Suggestion(options.Load!, scenario.Loads.Select(known => known.Name))}");
        }

        if (load.Driver.IsPopulation || load.Arrivals.PerSecond <= 0)
        {
            throw Refused(
                $"{load.Position}: load '{load.Name}' has no rate that could be raised: its members decide when they ask.",
                "Name another load with --load.");
        }

        var judged = scenario.Objectives.Any(objective => objective.Load == load.Name && IntervalJudge.AllowedShare(objective) is not null && !HasFault(scenario, objective.Window));
        if (!judged)
        {
            throw Refused(
                $"{scenario.Position.Path}: no objective about availability or a percentile judges load '{load.Name}' in a phase without faults, so every rate would do.",
                "Name another load with --load, or add an objective.");
        }

        var question = new CapacityQuestion(scenario, load, options);
        return options.To is { } highest && highest.PerSecond < question.Lowest.PerSecond
            ? throw Refused($"The highest rate, {highest}, is below the lowest, {question.Lowest}, from which on the objectives of '{load.Name}' can be shown to be met.", "Raise --to, or lower --from.")
            : question;
    }

    /// <summary>Returns how long a level is measured: at least so long that its operations can show what is asked of them.</summary>
    /// <param name="rate">The level's rate.</param>
    /// <param name="purpose">What it is measured for.</param>
    public TimeSpan WindowAt(Rate rate, LevelPurpose purpose)
    {
        var asked = purpose == LevelPurpose.Confirm ? _options.Confirm : _options.Window;
        var enough = TimeSpan.FromSeconds(Math.Ceiling(Needed * Reserve / rate.PerSecond));
        return asked > enough ? asked : enough;
    }

    /// <summary>Returns the scenario of one level.</summary>
    /// <param name="order">The level.</param>
    public Scenario At(LevelOrder order) => _scenario with
    {
        Repeat = 1,
        Expect = null,

        // The first level is the first that this stack is asked anything.
        WarmUp = order.Number == 1 && _scenario.WarmUp > _options.Settle ? _scenario.WarmUp : _options.Settle,
        Loads = [.. _scenario.Loads.Select(load => load.Name == Load ? load with { Arrivals = order.Rate } : load)],
        Phases = [new PhaseSpec { Name = Phase, Length = WindowAt(order.Rate, order.Purpose), Position = _scenario.Phases[0].Position }],
        Objectives = _objectives,
    };

    private static ObjectiveSpec Strictest(IGrouping<(string Load, Measure Measure), ObjectiveSpec> alike)
    {
        var strictest = alike.Key.Measure.AtLeast ? alike.MaxBy(objective => objective.Limit)! : alike.MinBy(objective => objective.Limit)!;

        // A level that is ended early would look as if its recording were not complete.
        return strictest with { Name = $"{strictest.Load} {strictest.Measure.Name}", Window = new WindowName(Phase), Abort = false };
    }

    private static int Operations(ObjectiveSpec objective) => Math.Max(
        objective.MinimumSamples,
        IntervalJudge.AllowedShare(objective) is > 0 and { } allowed ? SampleSize.WithoutEvents(allowed, ConfidenceInterval.Confidence) : 0);

    private static bool HasFault(Scenario scenario, WindowName window) =>
        window.Phase is { } name && scenario.Phases.Any(phase => phase.Name == name && phase.Faults.Count > 0);

    private static HarnessException Refused(string message, string? hint = null) => new(ExitCode.InvalidInput, message, hint);

    private bool HasFault(WindowName window) => HasFault(_scenario, window);

    /// <summary>The rate of the other loads is given: what their operations cannot show in a window, they cannot show at any level.</summary>
    private bool CanBeDecided(ObjectiveSpec objective) =>
        objective.Load == Load
        || _scenario.Loads.SelectMany(load => load.Streams).First(stream => stream.Name == objective.Load).Arrivals.PerSecond * _options.Window.TotalSeconds
            >= Operations(objective) * Reserve;
}

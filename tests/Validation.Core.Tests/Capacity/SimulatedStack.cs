using Validation.Core.Capacity;
using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Tests.Running;

namespace Validation.Core.Tests.Capacity;

/// <summary>A stack in virtual time whose capacity is known. Its levels are recorded and judged like those of a real one.</summary>
internal abstract class SimulatedStack
{
    private static readonly DriverKind Driver = new("simulated", "Test.", []);

    public LevelOrder? Last { get; private set; }

    /// <summary>Gets or sets from which rate on the generator fires late.</summary>
    public double GeneratorLimit { get; init; } = double.MaxValue;

    /// <summary>Gets what the nodes use at a rate; null when nobody can tell.</summary>
    public Func<double, StackUse>? Use { get; init; }

    public static Scenario Scenario(double perSecond, params ObjectiveSpec[] objectives) => new()
    {
        Name = "s",
        Question = "How much?",
        Position = new SourcePosition("s.yaml", 1, 1),
        Loads = [new LoadSpec { Name = "sign", Driver = Driver, Arrivals = new Rate(perSecond), Timeout = TimeSpan.FromSeconds(2) }],
        Phases = [new PhaseSpec { Name = "baseline", Length = TimeSpan.FromSeconds(10) }],
        Objectives = objectives,
    };

    public static ObjectiveSpec Objective(Measure measure, double limit, string window = "baseline") => new()
    {
        Name = $"sign {measure.Name} {window}",
        Load = "sign",
        Window = WindowName.TryParse(window, out var name) ? name : throw new ArgumentException(window, nameof(window)),
        Measure = measure,
        Limit = limit,
        MinimumSamples = measure.DefaultMinimumSamples(limit),
    };

    public async Task<(CapacityAnswer Answer, IReadOnlyList<CapacityLevel> Levels, Rate? Confirmed)> FindAsync(Scenario scenario, CapacityOptions options)
    {
        var question = CapacityQuestion.Of(scenario, options);
        var (levels, confirmed) = await new CapacityFinder(question, (order, _) => Task.FromResult(Measure(question, order))).FindAsync(CancellationToken.None);
        return (CapacityAnswer.Of(question.Load, levels, confirmed), levels, confirmed);
    }

    /// <summary>Answers one level's operations, in the order of their instants.</summary>
    /// <param name="planned">The instants, in seconds.</param>
    /// <param name="random">The level's own.</param>
    protected abstract IEnumerable<(double Seconds, string? Failure)> Answer(IEnumerable<double> planned, Random random);

    private CapacityLevel Measure(CapacityQuestion question, LevelOrder order)
    {
        Last = order;
        var scenario = question.At(order);
        var plan = Planner.Make(scenario, new Seed(order.Number), "fake", new FakeEnvironment().Describe(scenario.Stack), []);
        var (settled, ended) = (scenario.WarmUp, scenario.WarmUp + scenario.Phases[0].Length);
        var rate = order.Rate.PerSecond;
        var planned = Enumerable.Range(0, (int)(rate * ended.TotalSeconds)).Select(i => i / rate).ToArray();
        var samples = planned.Zip(Answer(planned, new Random(order.Number)), (at, answer) => Sample(at, answer.Seconds, answer.Failure, Late(rate, at)));
        RunEvent[] events =
        [
            new(TimeSpan.Zero, new LoadsStarted()),
            new(settled, new WarmUpEnded()),
            new(settled, new PhaseStarted(CapacityQuestion.Phase)),
            .. Use is null ? [] : new[] { new RunEvent(settled + TimeSpan.FromSeconds(4), Use(rate)) },
            new(ended, new PhaseEnded(CapacityQuestion.Phase)),
            new(ended, new LoadsStopped()),
            new(ended, new RunEnded()),
        ];
        var recording = new RunRecording(plan, events, new SampleSet([.. samples], new Dictionary<ushort, string> { [1] = "resource-exhausted", [2] = Outcome.TimedOut }), [], new Dictionary<string, string>());
        return LevelReader.Read(order, question.Load, recording, Judge.Of(recording, []));
    }

    private double Late(double rate, double at) => rate > GeneratorLimit ? at * (rate - GeneratorLimit) / rate : 0;

    private static Sample Sample(double at, double seconds, string? failure, double late) => new(
        (long)(at * 1e9), (long)((at + late) * 1e9), (long)((at + late + seconds) * 1e9), 0, failure switch { null => 0, Outcome.TimedOut => 2, _ => 1 });
}

/// <summary>One server with a queue; its service times are exponential.</summary>
internal sealed class QueueStack(double perSecond) : SimulatedStack
{
    private const double Timeout = 2;

    protected override IEnumerable<(double Seconds, string? Failure)> Answer(IEnumerable<double> planned, Random random)
    {
        var free = 0.0;
        foreach (var at in planned)
        {
            free = Math.Max(free, at) - (Math.Log(1 - random.NextDouble()) / perSecond);
            yield return free - at > Timeout ? (Timeout, Outcome.TimedOut) : (free - at, null);
        }
    }
}

/// <summary>Answers in a millisecond, and refuses what is more than so many in a second.</summary>
internal sealed class RefusingStack(double perSecond) : SimulatedStack
{
    protected override IEnumerable<(double Seconds, string? Failure)> Answer(IEnumerable<double> planned, Random random)
    {
        var (tokens, before) = (1.0, 0.0);
        foreach (var at in planned)
        {
            tokens = Math.Min(1, tokens + ((at - before) * perSecond));
            before = at;
            var granted = tokens >= 1 - 1e-9;
            tokens -= granted ? 1 : 0;
            yield return (0.001, granted ? null : "resource-exhausted");
        }
    }
}

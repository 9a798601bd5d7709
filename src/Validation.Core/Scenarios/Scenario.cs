namespace Validation.Core.Scenarios;

/// <summary>One question to a stack: which load, which faults, and what must hold.</summary>
public sealed record Scenario
{
    /// <summary>Gets the name.</summary>
    /// <value>Lower-case letters, digits and dashes.</value>
    public required string Name { get; init; }

    /// <summary>Gets the question that the scenario asks, in one sentence.</summary>
    public required string Question { get; init; }

    /// <summary>Gets where the scenario was read from.</summary>
    public required SourcePosition Position { get; init; }

    /// <summary>Gets the seed of every random choice.</summary>
    /// <value>Null when the scenario leaves it to the run, which then draws one and prints it.</value>
    public int? Seed { get; init; }

    /// <summary>Gets how many times the scenario runs, each time on a fresh stack, before there is a verdict over all of them.</summary>
    /// <value>From 1 to 100. Defaults to 1.</value>
    public int Repeat { get; init; } = 1;

    /// <summary>Gets how many nodes of one role faults may take away at once.</summary>
    /// <value>1 or more. Null, the default: all but one, and the one of a role with only one.</value>
    public int? BlastRadius { get; init; }

    /// <summary>Gets how long the run may take from the start of its loads, before it is ended as it is.</summary>
    /// <value>Null, the default: its planned length and ten minutes. Phases take longer than planned when faults do not heal.</value>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Gets how long the run takes from the start of its loads when every fault heals in time.</summary>
    public TimeSpan PlannedLength => Phases.Aggregate(WarmUp, (sum, phase) => sum + phase.Length);

    /// <summary>Gets the stack.</summary>
    /// <value>Defaults to <see cref="StackSpec.Default"/>.</value>
    public StackSpec Stack { get; init; } = StackSpec.Default;

    /// <summary>Gets the stack with what the scenario's own faults must be able to do to it.</summary>
    public StackSpec StackForFaults => Stack with
    {
        FaultsMust = Phases.SelectMany(phase => phase.Faults)
            .SelectMany(fault => fault.Kind.NodesMust.Concat(fault.Kind.StackMust)).ToHashSet(),
    };

    /// <summary>Gets the loads; at least one.</summary>
    public required IReadOnlyList<LoadSpec> Loads { get; init; }

    /// <summary>Gets how long the loads fire before the first phase, to reach code that is not compiled and caches that are not filled.</summary>
    /// <value>Defaults to zero; scenario files that do not say it get <see cref="DefaultWarmUp"/>. What happens meanwhile is recorded, and judged by no objective.</value>
    public TimeSpan WarmUp { get; init; }

    /// <summary>Gets the phases, one after the other; at least one.</summary>
    public required IReadOnlyList<PhaseSpec> Phases { get; init; }

    /// <summary>Gets the objectives; at least one.</summary>
    public required IReadOnlyList<ObjectiveSpec> Objectives { get; init; }

    /// <summary>Gets the names of the invariants that are judged.</summary>
    /// <value>Null for all of them, which is the default.</value>
    public IReadOnlyList<string>? Invariants { get; init; }

    /// <summary>Gets the rows of the promise ledger that this scenario judges, for example <c>P1</c>.</summary>
    public IReadOnlyList<string> Promises { get; init; } = [];

    /// <summary>Gets how the run must end for the harness itself to be right.</summary>
    /// <value>Null, the default: it must pass. Canaries expect something else.</value>
    public ExpectedFinding? Expect { get; init; }

    /// <summary>Gets what was reported of a SPIRE stack and is looked for here.</summary>
    /// <value>Null, the default: nothing in particular.</value>
    public IncidentSpec? Incident { get; init; }

    /// <summary>Returns the scenario on a SPIRE with the incident's defect: it passes when the defect is noticed.</summary>
    /// <exception cref="HarnessException">The scenario knows no defect.</exception>
    public Scenario WithDefect() => Incident is { Defect: { } defect, CaughtBy: { } caughtBy }
        ? this with { Stack = Stack with { Defect = defect }, Expect = new ExpectedFinding(caughtBy) { AlsoOthers = true } }
        : throw new HarnessException(
            ExitCode.InvalidInput,
            $"{Position}: the scenario knows no defect that could be switched on.",
            "Only scenarios whose 'incident' names a defect can run with one.");

    /// <summary>The warm-up of scenario files that do not say one.</summary>
    public static readonly TimeSpan DefaultWarmUp = TimeSpan.FromSeconds(10);
}

/// <summary>What a canary must show: a scenario that proves that the alarm works.</summary>
/// <param name="Because">The name of the one objective, invariant or fault that must end so, and nothing else.</param>
public sealed record ExpectedFinding(string Because)
{
    /// <summary>Gets what it must end with.</summary>
    /// <value><see cref="Verdict.Fail"/>, the default, or <see cref="Verdict.Inconclusive"/>. A fault is never more than inconclusive.</value>
    public Verdict Verdict { get; init; } = Verdict.Fail;

    /// <summary>Returns what it must do, as a verb: <c>fail</c> or <c>be inconclusive</c>.</summary>
    public string ToVerb() => Verdict == Verdict.Fail ? "fail" : "be inconclusive";

    /// <summary>Gets whether other objectives and invariants may fail or stay undecided too, because one defect shows in several ways.</summary>
    /// <value>Null for no. Proofs of faults, the generator and the run itself must pass all the same.</value>
    public bool? AlsoOthers { get; init; }
}

using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Faults;

/// <summary>A kind of fault.</summary>
public sealed record FaultKind
{
    /// <summary>Gets the name that scenarios use, for example <c>partition</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Gets what goes wrong, in one sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>Gets how its injection and its heal are proven, in one sentence.</summary>
    public required string Proof { get; init; }

    /// <summary>Gets the fault's own parameters, besides <c>at</c> and <c>name</c>.</summary>
    public required IReadOnlyList<Parameter> Parameters { get; init; }

    /// <summary>Gets how long the proofs may take.</summary>
    public ProofLimits ProofLimits { get; init; } = new();

    /// <summary>Gets whether its targets are away, for others or altogether, while it is in force.</summary>
    /// <value>Defaults to false. Two faults cannot take the same node away at once, and not more nodes of a role than the scenario allows.</value>
    public bool TakesTargetsAway { get; init; }

    /// <summary>Gets which of its targets are away, by their names in order.</summary>
    /// <value>Defaults to all of them.</value>
    public Func<FaultSpec, IReadOnlyList<string>, IEnumerable<string>> AwayOf { get; init; } = (_, targets) => targets;

    /// <summary>Gets whom it takes away when none of its parameters says so.</summary>
    /// <value>Null, the default: <see cref="TakesTargetsAway"/> says it.</value>
    public Selector? TakesAway { get; init; }

    /// <summary>Gets what it changes that only one fault can change at a time, as a noun such as <c>the limits</c>.</summary>
    /// <value>It is that of each target of a fault that has some, and that of the stack else. Defaults to null: it composes with all others.</value>
    public Func<FaultSpec, string?> Changes { get; init; } = _ => null;

    /// <summary>Gets whether what it changes is the stack's, although it has targets.</summary>
    /// <value>Defaults to false.</value>
    public bool ChangesStack { get; init; }

    /// <summary>Gets how long before its instant it begins to look at what it will be compared with, and to make ready what it needs.</summary>
    /// <value>Defaults to zero. A fault that is planned sooner after the start of its phase comes so much later.</value>
    public TimeSpan Preparation { get; init; }

    /// <summary>Gets how long its targets stay away beyond its length, until they are started again.</summary>
    /// <value>Defaults to zero. Counts for how many nodes of a role are away at once, and for how long what it changes is its own.</value>
    public TimeSpan Return { get; init; }

    /// <summary>Gets what the nodes that its selectors name must be able to do, as capability interfaces.</summary>
    public IReadOnlyList<Type> NodesMust { get; init; } = [];

    /// <summary>Gets what the stack as a whole must be able to do, as capability interfaces.</summary>
    public IReadOnlyList<Type> StackMust { get; init; } = [];

    /// <summary>Gets what says why an order makes no sense in a stack that can do all of the above.</summary>
    /// <value>Returns the reason as a clause, or null when nothing stands against it. Defaults to no objection.</value>
    public Func<FaultSpec, StackShape, string?> Objection { get; init; } = (_, _) => null;
}

/// <summary>How long each proof may take before the fault counts as not proven.</summary>
public sealed record ProofLimits
{
    /// <summary>Gets the limit for seeing the fault in force, from its injection.</summary>
    /// <value>Defaults to 10 s.</value>
    public TimeSpan Injected { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the limit for seeing the fault's effect, from the look that is begun before the end of its length.</summary>
    /// <value>Defaults to 10 s.</value>
    public TimeSpan Held { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the limit for seeing the fault over, from its heal.</summary>
    /// <value>Defaults to 90 s: a node that restarts with back-off needs a while.</value>
    public TimeSpan Healed { get; init; } = TimeSpan.FromSeconds(90);
}

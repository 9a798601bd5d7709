using Validation.Core.Loads;

namespace Validation.Core.Scenarios;

/// <summary>A named stream of operations.</summary>
public sealed record LoadSpec
{
    /// <summary>Gets the name by which objectives refer to it.</summary>
    public required string Name { get; init; }

    /// <summary>Gets what one operation is.</summary>
    public required DriverKind Driver { get; init; }

    /// <summary>Gets when its operations begin.</summary>
    public required Arrivals Arrivals { get; init; }

    /// <summary>Gets after which time, counted from its planned instant, an operation without an answer has failed.</summary>
    /// <value>Between 10 ms and 5 minutes. Defaults to 10 s.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the driver's own parameters.</summary>
    public ParameterValues Parameters { get; init; } = ParameterValues.None;

    /// <summary>Gets where the load was read from.</summary>
    public SourcePosition Position { get; init; }

    /// <summary>Gets the streams of its operations: one that has its name, or one for each kind of operation of a population.</summary>
    public IReadOnlyList<StreamSpec> Streams => Driver.IsPopulation
        ? [.. Driver.Operations.Select(operation => new StreamSpec($"{Name}/{operation.Name}", operation.Name, new OwnArrivals(operation.Expected?.Invoke(Parameters) ?? default)))]
        : [new StreamSpec(Name, null, Arrivals)];
}

/// <summary>Operations of one load and one kind, which are measured together.</summary>
/// <param name="Name">The name by which objectives refer to them.</param>
/// <param name="Operation">Their kind; null when the load has only one.</param>
/// <param name="Arrivals">When they begin.</param>
public sealed record StreamSpec(string Name, string? Operation, Arrivals Arrivals);

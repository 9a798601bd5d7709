using Validation.Core.Faults;

namespace Validation.Core.Scenarios;

/// <summary>Something that goes wrong, at a planned instant.</summary>
public sealed record FaultSpec
{
    /// <summary>Gets the name, unique in its scenario.</summary>
    /// <value>Defaults to the phase and the kind: <c>server-killed/kill</c>.</value>
    public required string Name { get; init; }

    /// <summary>Gets what goes wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>Gets when it begins, counted from the start of its phase.</summary>
    /// <value>Zero or more, and before the phase ends.</value>
    public required TimeSpan At { get; init; }

    /// <summary>Gets the fault's own parameters.</summary>
    public ParameterValues Parameters { get; init; } = ParameterValues.None;

    /// <summary>Gets how long it is to stay in force: its parameter <c>for</c>, or <c>hold</c> when nodes are held down.</summary>
    /// <value>Zero when it has none: it is over by itself.</value>
    public TimeSpan Length => Kind.Parameters.OfType<Parameter<TimeSpan>>().FirstOrDefault(parameter => parameter.Name is "for" or "hold") is { } length
        ? Parameters.Get(length)
        : TimeSpan.Zero;

    /// <summary>Gets where the fault was read from.</summary>
    public SourcePosition Position { get; init; }
}

using System.Text.Json.Serialization;
using Validation.Core.Loads;
using Validation.Core.Scenarios;

namespace Validation.Core.Running;

/// <summary>A scenario after every choice is made. Together with the recording it is all that the judge needs.</summary>
/// <remarks>The same scenario, seed and environment give the same bytes, so a plan can be compared in review.</remarks>
public sealed record Plan
{
    /// <summary>Gets the version of this file's form.</summary>
    public int Format { get; init; } = 1;

    /// <summary>Gets the scenario's name.</summary>
    public required string Scenario { get; init; }

    /// <summary>Gets the question it asks.</summary>
    public required string Question { get; init; }

    /// <summary>Gets the scenario file, as the user named it.</summary>
    public required string File { get; init; }

    /// <summary>Gets the seed of every random choice.</summary>
    public required int Seed { get; init; }

    /// <summary>Gets how many times it runs, each time on a fresh stack.</summary>
    /// <value>Null when it runs once.</value>
    public int? Repeat { get; init; }

    /// <summary>Gets the environment's name.</summary>
    public required string Environment { get; init; }

    /// <summary>Gets the names of the stack's nodes.</summary>
    public required IReadOnlyList<string> Nodes { get; init; }

    /// <summary>Gets the loads: each load of the scenario, or each kind of operation of a population.</summary>
    public required IReadOnlyList<PlannedLoad> Loads { get; init; }

    /// <summary>Gets how many workers share the loads: operation <c>k</c> of a load belongs to worker <c>k mod workers</c>.</summary>
    /// <value>Null when the harness itself fires them.</value>
    public int? Workers { get; init; }

    /// <summary>Gets how long the loads fire before the first phase. No objective judges what happens meanwhile.</summary>
    [JsonPropertyName("warmUpMs"), JsonConverter(typeof(MillisecondsConverter))]
    public TimeSpan WarmUp { get; init; }

    /// <summary>Gets the phases.</summary>
    public required IReadOnlyList<PlannedPhase> Phases { get; init; }

    /// <summary>Gets the faults, in the order of their instants.</summary>
    public required IReadOnlyList<PlannedFault> Faults { get; init; }

    /// <summary>Gets the objectives.</summary>
    public required IReadOnlyList<ObjectiveSpec> Objectives { get; init; }

    /// <summary>Gets the names of the invariants that are judged.</summary>
    public required IReadOnlyList<string> Invariants { get; init; }

    /// <summary>Gets the rows of the promise ledger that the scenario judges.</summary>
    public required IReadOnlyList<string> Promises { get; init; }

    /// <summary>Gets what a canary must show.</summary>
    public ExpectedFinding? Expect { get; init; }

    /// <summary>Gets what was reported of a SPIRE stack and is looked for here.</summary>
    public IncidentSpec? Incident { get; init; }

    /// <summary>Gets the mistake that the embedded SPIRE makes in this run.</summary>
    /// <value>Null when it makes none.</value>
    public DefectKind? Defect { get; init; }

    /// <summary>Returns the load's index, by which samples refer to it.</summary>
    /// <param name="load">The load's name.</param>
    public ushort IndexOf(string load) =>
        (ushort)Enumerable.Range(0, Loads.Count).First(index => Loads[index].Name == load);
}

/// <summary>A load in a plan.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Driver">What one operation is.</param>
/// <param name="PerSecond">Operations per second, in the mean; zero when only the run can tell.</param>
/// <param name="Timeout">After which time an operation has failed.</param>
/// <param name="Parameters">The driver's parameters, as text.</param>
public sealed record PlannedLoad(
    string Name,
    string Driver,
    double PerSecond,
    [property: JsonPropertyName("timeoutMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Timeout,
    IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>Gets when its operations begin, if they are fired and not evenly spaced.</summary>
    /// <value>Null, the default, when they are evenly spaced or those of a population.</value>
    [JsonPropertyName("arrivals")]
    public Arrivals? Uneven { get; init; }

    /// <summary>Gets when its operations begin.</summary>
    [JsonIgnore]
    public Arrivals Arrivals => Uneven ?? (Operation is null ? new EvenArrivals(new Rate(PerSecond)) : new OwnArrivals(new Rate(PerSecond)));

    /// <summary>Gets the kind of operation of a population; null for a load that is fired by its arrivals.</summary>
    public string? Operation { get; init; }
}

/// <summary>A phase in a plan.</summary>
/// <param name="Name">Its name.</param>
/// <param name="StartsAt">Its planned start, since the loads started.</param>
/// <param name="Length">Its planned length; faults that heal late extend it.</param>
public sealed record PlannedPhase(
    string Name,
    [property: JsonPropertyName("startsAtMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan StartsAt,
    [property: JsonPropertyName("lengthMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Length);

/// <summary>A fault in a plan.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Phase">The phase in which it begins.</param>
/// <param name="At">Its planned instant, since its phase started.</param>
/// <param name="Targets">For each selector, the node it means, or how it will be resolved when the fault fires.</param>
/// <param name="Parameters">All parameters, defaults included, as text.</param>
public sealed record PlannedFault(
    string Name,
    string Kind,
    string Phase,
    [property: JsonPropertyName("atMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan At,
    IReadOnlyDictionary<string, string> Targets,
    IReadOnlyDictionary<string, string> Parameters);

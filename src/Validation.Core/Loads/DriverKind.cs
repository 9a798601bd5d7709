using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Loads;

/// <summary>A kind of operation that a load can consist of.</summary>
/// <param name="Name">The name that scenarios use, for example <c>x509-svid-fetch</c>.</param>
/// <param name="Summary">What one operation is, in one sentence.</param>
/// <param name="Parameters">The driver's own parameters, besides <c>arrivals</c> and <c>timeout</c>.</param>
public sealed record DriverKind(string Name, string Summary, IReadOnlyList<Parameter> Parameters)
{
    /// <summary>Gets what it needs of SPIRE besides the API of the servers and their bundle, which every driver needs.</summary>
    /// <value>Nothing by default. A stack of the harness' own gives everything; one that is there already may not.</value>
    public IReadOnlyList<SpireAccess> Needs { get; init; } = [];

    /// <summary>Gets what the stack as a whole must be able to do for a load with these parameters, as capability interfaces.</summary>
    /// <value>Nothing by default.</value>
    public Func<ParameterValues, IReadOnlyList<Type>> StackMust { get; init; } = _ => [];

    /// <summary>Gets the kinds of operations of a population. Each is measured by itself, and objectives name it as <c>load/operation</c>.</summary>
    /// <value>Empty for a driver whose operations are all of one kind and fired by the load's arrivals.</value>
    public IReadOnlyList<OperationKind> Operations { get; init; } = [];

    /// <summary>Gets whether its loads are populations: their members plan their own operations, so that a scenario gives no arrivals.</summary>
    public bool IsPopulation => Operations.Count > 0;
}

/// <summary>One of the kinds of operations of a population.</summary>
/// <param name="Name">Its name, for example <c>sync</c>.</param>
/// <param name="Summary">What one operation is, in one sentence.</param>
/// <param name="Expected">How many per second are to be expected; null when that is not known before the run.</param>
public sealed record OperationKind(string Name, string Summary, Func<ParameterValues, Rate>? Expected = null);

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
}

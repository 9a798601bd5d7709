using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Server.Authorities;

/// <summary>What every line of authorities needs.</summary>
/// <param name="TrustDomain">Where they are authorities.</param>
/// <param name="Keys">Holds their keys.</param>
/// <param name="Life">How long each lives.</param>
/// <param name="Bundles">Where they are published.</param>
/// <param name="Journal">Where they are remembered.</param>
/// <param name="Metrics">Where changes are counted.</param>
/// <param name="Log">Told of changes.</param>
/// <param name="Time">The clock of their lives.</param>
internal sealed record AuthorityParts(
    TrustDomain TrustDomain,
    KeyManager Keys,
    TimeSpan Life,
    BundleStore Bundles,
    Journal Journal,
    MetricRegistry Metrics,
    Logger Log,
    TimeProvider Time)
{
    /// <summary>Gets whether X.509 authorities are published long after they were made: <see cref="Defect.PublishesLate"/>.</summary>
    public bool PublishesLate { get; init; }

    /// <summary>Gets whether X.509 authorities are not published once there is one: <see cref="Defect.ForgetsBundle"/>.</summary>
    public bool ForgetsBundle { get; init; }
}

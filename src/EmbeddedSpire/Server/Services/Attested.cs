using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Server.Services;

/// <summary>Whom an attestor believes somebody to be.</summary>
internal sealed record Attested(SpiffeId Id, IReadOnlyList<Selector> Selectors, bool CanReattest);

using EmbeddedSpire.Agent.Storage;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Attestation;

/// <summary>Who the agent is: its own SVID and key.</summary>
/// <param name="Svid">The SVID.</param>
/// <param name="Key">Its key.</param>
/// <param name="Reattestable">Whether the agent attests again when it ends, rather than having it renewed.</param>
internal sealed record AgentIdentity(X509Svid Svid, AgentKey Key, bool Reattestable);

using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Caching;

/// <summary>What an agent has for a workload at one instant.</summary>
/// <param name="Identities">Its SVIDs, in the order of their entries' ids.</param>
/// <param name="Bundle">The bundle of the agent's own trust domain.</param>
/// <param name="FederatedBundles">The bundles of the trust domains that its entries federate with.</param>
internal sealed record WorkloadUpdate(
    IReadOnlyList<WorkloadIdentity> Identities, TrustBundle Bundle, IReadOnlyList<TrustBundle> FederatedBundles);

/// <summary>One of a workload's SVIDs.</summary>
/// <param name="Entry">The entry that gives it.</param>
/// <param name="Svid">The SVID.</param>
internal sealed record WorkloadIdentity(CachedEntry Entry, WorkloadSvid Svid);

using EmbeddedSpire.Agent.Caching;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>What the server has told so far, as the next sync builds on it.</summary>
internal sealed class SyncedState
{
    /// <summary>Gets the entries by their ids.</summary>
    public Dictionary<string, CachedEntry> Entries { get; } = [];

    /// <summary>Gets or sets the bundles: the own one, and those of the trust domains that entries federate with.</summary>
    public IReadOnlyList<TrustBundle> Bundles { get; set; } = [];
}

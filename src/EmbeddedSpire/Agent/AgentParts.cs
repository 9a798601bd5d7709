using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Agent.Syncing;

namespace EmbeddedSpire.Agent;

/// <summary>What an agent consists of once it knows who it is.</summary>
internal sealed record AgentParts(
    CurrentIdentity Identity,
    EntryCache Cache,
    JwtCache Tokens,
    JwtSvids JwtSvids,
    SvidSigning Signing,
    Synchronizer Synchronizer,
    CacheManager Manager) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Signing.Dispose();
}

using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace Validation.Spire.Access;

/// <summary>The virtual nodes of the harness as SPIRE knows them: one alias for all, so that an entry reaches every one of them.</summary>
internal static class HarnessNodes
{
    /// <summary>Registers the alias, or finds it.</summary>
    /// <param name="administrator">Registers it.</param>
    /// <param name="session">The session.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The SPIFFE id that is the parent of what is for all virtual nodes.</returns>
    /// <exception cref="Core.HarnessException">SPIRE refused.</exception>
    public static async Task<SpiffeId> RegisterAsync(Administrator administrator, SpireSession session, CancellationToken cancellationToken)
    {
        var nodes = session.IdOf("nodes");
        await administrator.RegisterAsync(
            new Entry
            {
                ParentId = session.Trust.TrustDomain.ServerId.ToApi(),
                SpiffeId = nodes.ToApi(),
                Selectors = { new Selector { Type = "x509pop", Value = $"ca:fingerprint:{NodeCertificate.Fingerprint(session.Spire.NodeAuthority.RawData)}" } },
            },
            cancellationToken);
        return nodes;
    }
}

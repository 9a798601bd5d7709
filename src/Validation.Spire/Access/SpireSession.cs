using Spire.Wire.Certificates;
using Validation.Core.Loads;
using Validation.Core.Stacks;

namespace Validation.Spire.Access;

/// <summary>What the preparation of every driver begins with: trust, a way to connect, certificates for virtual nodes.</summary>
internal sealed class SpireSession : IDisposable
{
    private SpireSession(ISpireStack spire, TrustView trust, TimeProvider time)
    {
        Spire = spire;
        Trust = trust;
        Connector = new Connector(spire, trust, time);
        Nodes = new NodeCertificates(spire.NodeAuthority);
    }

    /// <summary>Gets the stack.</summary>
    public ISpireStack Spire { get; }

    /// <summary>Gets what is trusted.</summary>
    public TrustView Trust { get; }

    /// <summary>Gets what makes channels.</summary>
    public Connector Connector { get; }

    /// <summary>Gets what makes certificates for virtual nodes.</summary>
    public NodeCertificates Nodes { get; }

    /// <summary>Opens a session.</summary>
    /// <param name="site">Where the load runs.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="Core.HarnessException">No server gave its bundle.</exception>
    public static async Task<SpireSession> OpenAsync(LoadSite site, CancellationToken cancellationToken) =>
        new(site.Spire, await TrustView.ReadAsync(site.Spire, site.Time, cancellationToken), site.Time);

    /// <summary>Returns a SPIFFE id of the harness' own, outside of what SPIRE reserves.</summary>
    /// <param name="path">The path below <c>/harness</c>.</param>
    public SpiffeId IdOf(string path) => SpiffeId.Of(Trust.TrustDomain, $"/harness/{path}");

    /// <inheritdoc/>
    public void Dispose()
    {
        Nodes.Dispose();
        Trust.Dispose();
    }
}

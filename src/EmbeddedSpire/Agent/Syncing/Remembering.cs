using EmbeddedSpire.Agent.Attestation;
using EmbeddedSpire.Agent.Storage;
using EmbeddedSpire.Logging;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Syncing;

/// <summary>Writes down what the next run begins with. A disk that is full does not stop an agent that runs.</summary>
internal sealed class Remembering
{
    private readonly AgentData _data;
    private readonly Logger _log;

    /// <summary>Creates the writer.</summary>
    public Remembering(AgentData data, Logger log) => (_data, _log) = (data, log);

    /// <summary>Remembers the agent's identity.</summary>
    public void Identity(AgentIdentity identity) =>
        Try("Could not store SVID", () => _data.StoreSvid(identity.Svid.Chain, identity.Reattestable));

    /// <summary>Remembers the trust domain's bundle.</summary>
    public void Bundle(TrustBundle bundle) =>
        Try("Could not store bundle", () => _data.StoreBundle([.. bundle.X509Authorities.Select(authority => authority.Certificate)]));

    /// <summary>Forgets the agent's identity.</summary>
    public void Forget() => Try("Failed to remove SVID", _data.DeleteSvid);

    private void Try(string complaint, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _log.Error(complaint, ("error", error.Message));
        }
    }
}

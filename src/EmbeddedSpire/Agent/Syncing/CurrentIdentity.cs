using EmbeddedSpire.Agent.Attestation;

namespace EmbeddedSpire.Agent.Syncing;

/// <summary>Holds the agent's identity, which changes while it runs.</summary>
internal sealed class CurrentIdentity
{
    private volatile AgentIdentity _value;

    /// <summary>Creates the holder.</summary>
    public CurrentIdentity(AgentIdentity value) => _value = value;

    /// <summary>Gets or sets the identity of now.</summary>
    public AgentIdentity Value
    {
        get => _value;
        set => _value = value;
    }
}

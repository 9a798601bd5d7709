using Google.Protobuf;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Agent.Attestation;

/// <summary>Convinces the server of the node that the agent runs on.</summary>
internal interface INodeAttestor
{
    /// <summary>Gets its name in configurations and on the wire.</summary>
    string Name { get; }

    /// <summary>Begins an attestation.</summary>
    /// <exception cref="AgentException">What it shows cannot be read.</exception>
    INodeProof Begin();
}

/// <summary>One attestation.</summary>
internal interface INodeProof
{
    /// <summary>Returns what the agent shows first.</summary>
    AttestationData Data();

    /// <summary>Answers a challenge of the server's.</summary>
    /// <param name="challenge">The challenge.</param>
    /// <exception cref="AgentException">It cannot be answered.</exception>
    ByteString Respond(ByteString challenge);
}

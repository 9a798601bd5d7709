using Google.Protobuf;
using Spire.Wire.Attestation;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Agent.Attestation;

/// <summary>Shows a token that can be used once.</summary>
internal sealed class JoinTokenAttestor : INodeAttestor, INodeProof
{
    private readonly string? _token;

    /// <summary>Creates the attestor.</summary>
    /// <param name="token">The token; null when none was given, which is fine as long as no attestation is needed.</param>
    public JoinTokenAttestor(string? token) => _token = token;

    public string Name => JoinTokenAttestation.Type;

    public INodeProof Begin() => _token is null ? throw new AgentException("nodeattestor(join_token): join token was not provided") : this;

    public AttestationData Data() => JoinTokenAttestation.Data(_token!);

    public ByteString Respond(ByteString challenge) => throw new AgentException("nodeattestor(join_token): server issued unexpected challenge");
}

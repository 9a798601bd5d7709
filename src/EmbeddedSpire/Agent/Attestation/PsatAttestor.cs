using Google.Protobuf;
using Spire.Wire.Attestation;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Agent.Attestation;

/// <summary>Shows the token of the agent's pod. The file is read for each attestation: the kubelet replaces it in time.</summary>
internal sealed class PsatAttestor : INodeAttestor
{
    private readonly PsatSource _source;

    /// <summary>Creates the attestor.</summary>
    /// <param name="source">Where the token is.</param>
    public PsatAttestor(PsatSource source) => _source = source;

    public string Name => PsatAttestation.Type;

    public INodeProof Begin()
    {
        try
        {
            var token = File.ReadAllText(_source.TokenPath);
            return token.Length > 0
                ? new Proof(new PsatAttestation(_source.Cluster, token))
                : throw Unreadable($"\"{_source.TokenPath}\" is empty");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(error.Message, error);
        }
    }

    private AgentException Unreadable(string why, Exception? error = null) =>
        new($"nodeattestor({Name}): unable to load token from {_source.TokenPath}: {why}", error);

    private sealed class Proof(PsatAttestation attestation) : INodeProof
    {
        public AttestationData Data() => attestation.Data();

        public ByteString Respond(ByteString challenge) =>
            throw new AgentException($"nodeattestor({PsatAttestation.Type}): plugin closed stream before handling the challenge");
    }
}

/// <summary>What a <c>k8s_psat</c> attestor shows.</summary>
/// <param name="Cluster">The cluster, by its name in the server's configuration.</param>
/// <param name="TokenPath">The file with the token; SPIRE's default is <see cref="DefaultTokenPath"/>.</param>
internal sealed record PsatSource(string Cluster, string TokenPath)
{
    /// <summary>Where the token is when the configuration does not say.</summary>
    public const string DefaultTokenPath = "/var/run/secrets/tokens/spire-agent";
}

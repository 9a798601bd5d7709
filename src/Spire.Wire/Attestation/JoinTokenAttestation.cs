using System.Text;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace Spire.Wire.Attestation;

/// <summary>Attestation by a secret that can be used once. There is no challenge, and there are no selectors.</summary>
public static class JoinTokenAttestation
{
    /// <summary>The attestor's name.</summary>
    public const string Type = "join_token";

    /// <summary>Returns what an agent shows.</summary>
    /// <param name="token">The token.</param>
    public static AttestationData Data(string token) => new() { Type = Type, Payload = Google.Protobuf.ByteString.CopyFromUtf8(token) };

    /// <summary>Reads the token that an agent shows.</summary>
    /// <param name="payload">The payload of its attestation data.</param>
    public static string TokenIn(ReadOnlySpan<byte> payload) => Encoding.UTF8.GetString(payload);

    /// <summary>Returns the SPIFFE id of the agent that a token makes.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="token">The token.</param>
    /// <exception cref="FormatException">The token has characters that a path cannot have.</exception>
    public static SpiffeId AgentId(TrustDomain trustDomain, string token) =>
        SpiffeId.Of(trustDomain, $"{SpiffeId.AgentPath}/{Type}/{token}");
}

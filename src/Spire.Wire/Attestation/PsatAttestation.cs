using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace Spire.Wire.Attestation;

/// <summary>What an agent shows in a <c>k8s_psat</c> attestation: the token of its pod's service account. There is no challenge.</summary>
/// <param name="Cluster">The cluster, by its name in the server's configuration.</param>
/// <param name="Token">The token.</param>
public sealed record PsatAttestation(
    [property: JsonPropertyName("cluster")] string? Cluster,
    [property: JsonPropertyName("token")] string? Token)
{
    /// <summary>The attestor's name.</summary>
    public const string Type = "k8s_psat";

    /// <summary>Returns it as it is sent.</summary>
    public AttestationData Data() => new() { Type = Type, Payload = ByteString.CopyFrom(JsonSerializer.SerializeToUtf8Bytes(this)) };

    /// <summary>Reads what an agent shows.</summary>
    /// <param name="payload">The payload of its attestation data.</param>
    /// <exception cref="JsonException">It has another form.</exception>
    public static PsatAttestation Read(ReadOnlySpan<byte> payload) =>
        JsonSerializer.Deserialize<PsatAttestation>(payload) ?? throw new JsonException("the payload is null");

    /// <summary>Returns the SPIFFE id of an agent.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="cluster">The cluster, by its name in the server's configuration.</param>
    /// <param name="uid">The uid of the Kubernetes node; or <c>pod/</c> and the pod's, with <c>use_pod_uid_for_agent_id</c>.</param>
    /// <exception cref="FormatException">One of them has characters that a path cannot have.</exception>
    public static SpiffeId AgentId(TrustDomain trustDomain, string cluster, string uid) =>
        SpiffeId.Of(trustDomain, $"{SpiffeId.AgentPath}/{Type}/{cluster}/{uid}");
}

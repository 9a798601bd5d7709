using System.Security.Cryptography;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Agent.Storage;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Agent.Attestation;

/// <summary>One <c>AttestAgent</c> dialogue. It has no time limit, as in SPIRE: the server may queue it for long.</summary>
internal static class AttestationDialogue
{
    /// <summary>Attests.</summary>
    /// <param name="channel">The servers, without a certificate of ours.</param>
    /// <param name="attestor">Convinces them.</param>
    /// <param name="key">The key of the SVID.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="AgentException">The server is not convinced, cannot be reached, or says something that makes no sense.</exception>
    public static async Task<AgentIdentity> RunAsync(
        ServerChannel channel, INodeAttestor attestor, AgentKey key, CancellationToken cancellationToken)
    {
        var proof = attestor.Begin();
        var request = new AttestAgentRequest
        {
            Params = new AttestAgentRequest.Types.Params
            {
                Data = proof.Data(),
                Params_ = new AgentX509SVIDParams { Csr = ByteString.CopyFrom(SigningRequest.ForAgent(key.Key)) },
            },
        };
        try
        {
            var server = await channel.PickAsync(cancellationToken);
            await using var call = server.Open(AgentMethods.AttestAgent, default, cancellationToken);
            var response = await AskAsync(call, request, cancellationToken);
            while (response.StepCase == AttestAgentResponse.StepOneofCase.Challenge)
            {
                request = new AttestAgentRequest { ChallengeResponse = proof.Respond(response.Challenge) };
                response = await AskAsync(call, request, cancellationToken);
            }

            call.Complete();
            return Read(response.Result, key);
        }
        catch (GrpcException failure)
        {
            throw new ServerCallException("failed to receive attestation response", failure);
        }
    }

    private static async Task<AttestAgentResponse> AskAsync(
        DuplexCall<AttestAgentRequest, AttestAgentResponse> call, AttestAgentRequest request, CancellationToken cancellationToken)
    {
        await call.WriteAsync(request, cancellationToken);
        return await call.ReadAsync(cancellationToken) ?? throw new AgentException("failed to receive attestation response: EOF");
    }

    private static AgentIdentity Read(AttestAgentResponse.Types.Result? result, AgentKey key)
    {
        try
        {
            return result?.Svid is { } svid
                ? new AgentIdentity(X509Svid.FromApi(svid, key.Key), key, result.Reattestable)
                : throw new AgentException("failed to parse attestation response: attest response is missing SVID");
        }
        catch (Exception error) when (error is CryptographicException or FormatException)
        {
            throw new AgentException($"failed to parse attestation response: invalid SVID cert chain: {error.Message}", error);
        }
    }
}

using Google.Protobuf;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace Validation.Spire.Access;

/// <summary>Makes an agent of a virtual node, as <c>spire-agent</c> does it.</summary>
internal static class Attestation
{
    /// <summary>Attests a node by <c>x509pop</c>.</summary>
    /// <param name="channel">A channel without a client certificate.</param>
    /// <param name="node">The node's certificate.</param>
    /// <param name="request">The agent's certificate request, PKCS#10 in DER.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The agent's SVID.</returns>
    /// <exception cref="GrpcException">The server refused, could not be reached, or answered something else.</exception>
    public static async Task<X509SVID> AttestAsync(
        GrpcChannel channel, NodeCertificate node, byte[] request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await using var call = channel.Open(AgentMethods.AttestAgent, CallOptions.Within(timeout), cancellationToken);
        await call.WriteAsync(First(node, request), cancellationToken);
        var answer = await NextAsync(call, cancellationToken);
        if (answer.StepCase == AttestAgentResponse.StepOneofCase.Challenge)
        {
            await call.WriteAsync(new AttestAgentRequest { ChallengeResponse = node.Respond(answer.Challenge) }, cancellationToken);
            answer = await NextAsync(call, cancellationToken);
        }

        call.Complete();
        return answer.Result?.Svid ?? throw new GrpcException(StatusCode.Internal, $"the server answered '{answer.StepCase}' where an SVID was due");
    }

    private static AttestAgentRequest First(NodeCertificate node, byte[] request) => new()
    {
        Params = new AttestAgentRequest.Types.Params
        {
            Data = node.Data,
            Params_ = new AgentX509SVIDParams { Csr = UnsafeByteOperations.UnsafeWrap(request) },
        },
    };

    private static async Task<AttestAgentResponse> NextAsync(
        DuplexCall<AttestAgentRequest, AttestAgentResponse> call, CancellationToken cancellationToken) =>
        await call.ReadAsync(cancellationToken) ?? throw new GrpcException(StatusCode.Internal, "the server ended the attestation without an SVID");
}

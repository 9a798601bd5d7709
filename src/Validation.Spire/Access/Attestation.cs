using Google.Protobuf;
using Spire.Wire.Attestation;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace Validation.Spire.Access;

/// <summary>Makes an agent of a virtual node, as <c>spire-agent</c> does it.</summary>
internal static class Attestation
{
    // How long the server may take to end the call once the SVID is here. Nobody waits for that but good manners.
    private static readonly TimeSpan PartingLimit = TimeSpan.FromSeconds(1);

    /// <summary>Attests a node by <c>x509pop</c>.</summary>
    /// <param name="channel">A channel without a client certificate.</param>
    /// <param name="node">The node's certificate.</param>
    /// <param name="request">The agent's certificate request, PKCS#10 in DER.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="answered">Told when the SVID is here; what follows only ends the call.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The agent's SVID.</returns>
    /// <exception cref="GrpcException">The server refused or could not be reached.</exception>
    /// <exception cref="WrongAnswerException">The server answered something else.</exception>
    public static async Task<X509SVID> AttestAsync(
        GrpcChannel channel, NodeCertificate node, byte[] request, TimeSpan timeout, Action answered, CancellationToken cancellationToken)
    {
        await using var call = channel.Open(AgentMethods.AttestAgent, CallOptions.Within(timeout), cancellationToken);
        await call.WriteAsync(First(node.Data, request), cancellationToken);
        var answer = await NextAsync(call, cancellationToken);
        if (answer.StepCase == AttestAgentResponse.StepOneofCase.Challenge)
        {
            await call.WriteAsync(new AttestAgentRequest { ChallengeResponse = Respond(node, answer.Challenge) }, cancellationToken);
            answer = await NextAsync(call, cancellationToken);
        }

        var svid = answer.Result?.Svid ?? throw new WrongAnswerException($"The server answered '{answer.StepCase}' where an SVID was due.");
        answered();
        await PartAsync(call, cancellationToken);
        return svid;
    }

    /// <summary>Attests by a join token.</summary>
    /// <param name="channel">A channel without a client certificate.</param>
    /// <param name="token">The token.</param>
    /// <param name="request">The agent's certificate request, PKCS#10 in DER.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The agent's SVID.</returns>
    /// <exception cref="GrpcException">The server refused or could not be reached.</exception>
    /// <exception cref="WrongAnswerException">The server answered something else.</exception>
    public static async Task<X509SVID> AttestAsync(GrpcChannel channel, string token, byte[] request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await using var call = channel.Open(AgentMethods.AttestAgent, CallOptions.Within(timeout), cancellationToken);
        await call.WriteAsync(First(JoinTokenAttestation.Data(token), request), cancellationToken);
        var answer = await NextAsync(call, cancellationToken);
        return answer.Result?.Svid ?? throw new WrongAnswerException($"The server answered '{answer.StepCase}' where an SVID was due.");
    }

    private static AttestAgentRequest First(AttestationData data, byte[] request) => new()
    {
        Params = new AttestAgentRequest.Types.Params
        {
            Data = data,
            Params_ = new AgentX509SVIDParams { Csr = UnsafeByteOperations.UnsafeWrap(request) },
        },
    };

    private static ByteString Respond(NodeCertificate node, ByteString challenge)
    {
        try
        {
            return node.Respond(challenge);
        }
        catch (FormatException error)
        {
            throw new WrongAnswerException($"The server's challenge cannot be answered: {error.Message}", error);
        }
    }

    private static async Task<AttestAgentResponse> NextAsync(
        DuplexCall<AttestAgentRequest, AttestAgentResponse> call, CancellationToken cancellationToken) =>
        await call.ReadAsync(cancellationToken) ?? throw new WrongAnswerException("The server ended the attestation without an SVID.");

    /// <summary>Says that no more follows and hears how the call ended: a call that is dropped instead looks cancelled to the server.</summary>
    private static async Task PartAsync(DuplexCall<AttestAgentRequest, AttestAgentResponse> call, CancellationToken cancellationToken)
    {
        call.Complete();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(PartingLimit);
        try
        {
            await call.ReadAsync(patience.Token);
        }
        catch (Exception end) when (end is GrpcException or OperationCanceledException)
        {
            // The SVID is here, however the call ends.
        }
    }
}

using Google.Protobuf;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc.Server;

namespace Spire.Wire.Tests.Grpc;

/// <summary>A method of each kind. Each can be replaced by what a test needs.</summary>
internal sealed class TestService
{
    public TestService()
    {
        Handlers.Map(EntryMethods.GetEntry, (request, call, cancellationToken) => Unary(request, call, cancellationToken));
        Handlers.Map(HealthMethods.Watch, (request, responses, call, cancellationToken) => Stream(request, responses, call, cancellationToken));
        Handlers.Map(AgentMethods.AttestAgent, (requests, responses, call, cancellationToken) => Duplex(requests, responses, call, cancellationToken));
    }

    public GrpcHandlers Handlers { get; } = new();

    /// <summary>Gets the unary method; answers what it was asked.</summary>
    public Func<GetEntryRequest, ServerCall, CancellationToken, Task<Entry>> Unary { get; init; } =
        (request, _, _) => Task.FromResult(new Entry { Id = request.Id });

    /// <summary>Gets the method with one request; answers three times.</summary>
    public Func<HealthCheckRequest, MessageWriter<HealthCheckResponse>, ServerCall, CancellationToken, Task> Stream { get; init; } =
        async (_, responses, _, cancellationToken) =>
        {
            for (var status = 1; status <= 3; status++)
            {
                await responses.WriteAsync(new() { Status = (HealthCheckResponse.Types.ServingStatus)status }, cancellationToken);
            }
        };

    /// <summary>Gets the method with streams both ways; sends every challenge response back as a challenge.</summary>
    public Func<MessageReader<AttestAgentRequest>, MessageWriter<AttestAgentResponse>, ServerCall, CancellationToken, Task> Duplex { get; init; } =
        async (requests, responses, _, cancellationToken) =>
        {
            await foreach (var request in requests.ReadAllAsync(cancellationToken))
            {
                await responses.WriteAsync(new() { Challenge = request.ChallengeResponse }, cancellationToken);
            }
        };

    public static AttestAgentRequest Say(string text) => new() { ChallengeResponse = ByteString.CopyFromUtf8(text) };
}

using Google.Protobuf.WellKnownTypes;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>The server's <c>Agent</c> service: how agents come to the server and how they are administered.</summary>
public static class AgentMethods
{
    private const string Service = "spire.api.server.agent.v1.Agent";

    /// <summary>Tells how many agents there are. For administrators.</summary>
    public static UnaryMethod<CountAgentsRequest, CountAgentsResponse> CountAgents { get; } = new(Service, nameof(CountAgents));

    /// <summary>Lists agents, page by page. For administrators.</summary>
    public static UnaryMethod<ListAgentsRequest, ListAgentsResponse> ListAgents { get; } = new(Service, nameof(ListAgents));

    /// <summary>Returns one agent. For administrators.</summary>
    public static UnaryMethod<GetAgentRequest, Agent> GetAgent { get; } = new(Service, nameof(GetAgent));

    /// <summary>Forgets an agent, and with that lifts its ban. For administrators.</summary>
    public static UnaryMethod<DeleteAgentRequest, Empty> DeleteAgent { get; } = new(Service, nameof(DeleteAgent));

    /// <summary>Refuses an agent until it is deleted. For administrators.</summary>
    public static UnaryMethod<BanAgentRequest, Empty> BanAgent { get; } = new(Service, nameof(BanAgent));

    /// <summary>Makes an agent of whoever convinces an attestor. For everyone; 1/s from an address.</summary>
    public static DuplexMethod<AttestAgentRequest, AttestAgentResponse> AttestAgent { get; } = new(Service, nameof(AttestAgent));

    /// <summary>Gives an agent that cannot attest again its next certificate. For agents.</summary>
    public static UnaryMethod<RenewAgentRequest, RenewAgentResponse> RenewAgent { get; } = new(Service, nameof(RenewAgent));

    /// <summary>Creates a secret that makes one agent. For administrators.</summary>
    public static UnaryMethod<CreateJoinTokenRequest, JoinToken> CreateJoinToken { get; } = new(Service, nameof(CreateJoinToken));

    /// <summary>Tells the server the agent's version. For agents.</summary>
    public static UnaryMethod<PostStatusRequest, PostStatusResponse> PostStatus { get; } = new(Service, nameof(PostStatus));
}

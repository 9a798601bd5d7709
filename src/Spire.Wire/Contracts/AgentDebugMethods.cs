using Spire.Wire.Contracts.AgentDebugging;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>The agent's <c>Debug</c> service, on its administrative Unix socket.</summary>
public static class AgentDebugMethods
{
    private const string Service = "spire.agent.debug.v1.Debug";

    /// <summary>Returns uptime, counts, the last successful sync and the agent's own SVID.</summary>
    public static UnaryMethod<GetInfoRequest, GetInfoResponse> GetInfo { get; } = new(Service, nameof(GetInfo));
}

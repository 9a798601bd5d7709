using Spire.Wire.Contracts.Debugging;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>The server's <c>Debug</c> service, on its Unix socket only.</summary>
public static class DebugMethods
{
    private const string Service = "spire.api.server.debug.v1.Debug";

    /// <summary>Returns uptime, counts and the server's own SVID; up to 5 s old.</summary>
    public static UnaryMethod<GetInfoRequest, GetInfoResponse> GetInfo { get; } = new(Service, nameof(GetInfo));
}

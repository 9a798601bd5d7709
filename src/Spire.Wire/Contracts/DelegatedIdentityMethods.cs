using Spire.Wire.Contracts.Delegation;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>The agent's <c>DelegatedIdentity</c> service, on its administrative Unix socket: identities on behalf of others.</summary>
public static class DelegatedIdentityMethods
{
    private const string Service = "spire.api.agent.delegatedidentity.v1.DelegatedIdentity";

    /// <summary>Streams the X509-SVIDs of another workload.</summary>
    public static ServerStreamMethod<SubscribeToX509SVIDsRequest, SubscribeToX509SVIDsResponse> SubscribeToX509SVIDs { get; } =
        new(Service, nameof(SubscribeToX509SVIDs));

    /// <summary>Streams the X.509 bundles.</summary>
    public static ServerStreamMethod<SubscribeToX509BundlesRequest, SubscribeToX509BundlesResponse> SubscribeToX509Bundles { get; } =
        new(Service, nameof(SubscribeToX509Bundles));

    /// <summary>Returns JWT-SVIDs of another workload.</summary>
    public static UnaryMethod<FetchJWTSVIDsRequest, FetchJWTSVIDsResponse> FetchJWTSVIDs { get; } =
        new(Service, nameof(FetchJWTSVIDs));

    /// <summary>Streams the JWT bundles.</summary>
    public static ServerStreamMethod<SubscribeToJWTBundlesRequest, SubscribeToJWTBundlesResponse> SubscribeToJWTBundles { get; } =
        new(Service, nameof(SubscribeToJWTBundles));
}

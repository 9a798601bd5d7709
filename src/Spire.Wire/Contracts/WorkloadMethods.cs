using Spire.Wire.Contracts.Workload;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>The SPIFFE Workload API of an agent. Every call carries the metadata <see cref="SecurityHeader"/>.</summary>
public static class WorkloadMethods
{
    /// <summary>The name of the metadata that every request has exactly once, with the value <c>true</c>.</summary>
    public const string SecurityHeader = "workload.spiffe.io";

    private const string Service = "SpiffeWorkloadAPI";

    /// <summary>Streams the caller's X509-SVIDs with their keys and bundles.</summary>
    public static ServerStreamMethod<X509SVIDRequest, X509SVIDResponse> FetchX509SVID { get; } =
        new(Service, nameof(FetchX509SVID));

    /// <summary>Streams the X.509 bundles that the caller may need.</summary>
    public static ServerStreamMethod<X509BundlesRequest, X509BundlesResponse> FetchX509Bundles { get; } =
        new(Service, nameof(FetchX509Bundles));

    /// <summary>Returns JWT-SVIDs for an audience.</summary>
    public static UnaryMethod<JWTSVIDRequest, JWTSVIDResponse> FetchJWTSVID { get; } = new(Service, nameof(FetchJWTSVID));

    /// <summary>Streams the JWT bundles that the caller may need.</summary>
    public static ServerStreamMethod<JWTBundlesRequest, JWTBundlesResponse> FetchJWTBundles { get; } =
        new(Service, nameof(FetchJWTBundles));

    /// <summary>Checks a JWT-SVID on the caller's behalf.</summary>
    public static UnaryMethod<ValidateJWTSVIDRequest, ValidateJWTSVIDResponse> ValidateJWTSVID { get; } =
        new(Service, nameof(ValidateJWTSVID));

    /// <summary>Not implemented by SPIRE 1.15.</summary>
    public static ServerStreamMethod<WITSVIDRequest, WITSVIDResponse> FetchWITSVID { get; } = new(Service, nameof(FetchWITSVID));

    /// <summary>Not implemented by SPIRE 1.15.</summary>
    public static ServerStreamMethod<WITBundlesRequest, WITBundlesResponse> FetchWITBundles { get; } =
        new(Service, nameof(FetchWITBundles));
}

using Spire.Wire.Contracts.LocalAuthorities;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>The server's <c>LocalAuthority</c> service: the signing keys of the one server that is called. For administrators.</summary>
public static class LocalAuthorityMethods
{
    private const string Service = "spire.api.server.localauthority.v1.LocalAuthority";

    /// <summary>Returns the JWT keys in use, prepared and old.</summary>
    public static UnaryMethod<GetJWTAuthorityStateRequest, GetJWTAuthorityStateResponse> GetJWTAuthorityState { get; } =
        new(Service, nameof(GetJWTAuthorityState));

    /// <summary>Makes the next JWT key and publishes it.</summary>
    public static UnaryMethod<PrepareJWTAuthorityRequest, PrepareJWTAuthorityResponse> PrepareJWTAuthority { get; } =
        new(Service, nameof(PrepareJWTAuthority));

    /// <summary>Begins to sign with the prepared JWT key.</summary>
    public static UnaryMethod<ActivateJWTAuthorityRequest, ActivateJWTAuthorityResponse> ActivateJWTAuthority { get; } =
        new(Service, nameof(ActivateJWTAuthority));

    /// <summary>Marks the old JWT key as not to be relied on.</summary>
    public static UnaryMethod<TaintJWTAuthorityRequest, TaintJWTAuthorityResponse> TaintJWTAuthority { get; } =
        new(Service, nameof(TaintJWTAuthority));

    /// <summary>Takes a tainted JWT key out of the bundle.</summary>
    public static UnaryMethod<RevokeJWTAuthorityRequest, RevokeJWTAuthorityResponse> RevokeJWTAuthority { get; } =
        new(Service, nameof(RevokeJWTAuthority));

    /// <summary>Returns the X.509 authorities in use, prepared and old.</summary>
    public static UnaryMethod<GetX509AuthorityStateRequest, GetX509AuthorityStateResponse> GetX509AuthorityState { get; } =
        new(Service, nameof(GetX509AuthorityState));

    /// <summary>Makes the next X.509 authority and publishes it.</summary>
    public static UnaryMethod<PrepareX509AuthorityRequest, PrepareX509AuthorityResponse> PrepareX509Authority { get; } =
        new(Service, nameof(PrepareX509Authority));

    /// <summary>Begins to sign with the prepared X.509 authority.</summary>
    public static UnaryMethod<ActivateX509AuthorityRequest, ActivateX509AuthorityResponse> ActivateX509Authority { get; } =
        new(Service, nameof(ActivateX509Authority));

    /// <summary>Marks the old X.509 authority as not to be relied on; agents then replace all SVIDs of it.</summary>
    public static UnaryMethod<TaintX509AuthorityRequest, TaintX509AuthorityResponse> TaintX509Authority { get; } =
        new(Service, nameof(TaintX509Authority));

    /// <summary>Marks an upstream root as not to be relied on.</summary>
    public static UnaryMethod<TaintX509UpstreamAuthorityRequest, TaintX509UpstreamAuthorityResponse> TaintX509UpstreamAuthority { get; } =
        new(Service, nameof(TaintX509UpstreamAuthority));

    /// <summary>Takes a tainted X.509 authority out of the bundle.</summary>
    public static UnaryMethod<RevokeX509AuthorityRequest, RevokeX509AuthorityResponse> RevokeX509Authority { get; } =
        new(Service, nameof(RevokeX509Authority));

    /// <summary>Takes a tainted upstream root out of the bundle.</summary>
    public static UnaryMethod<RevokeX509UpstreamAuthorityRequest, RevokeX509UpstreamAuthorityResponse> RevokeX509UpstreamAuthority { get; } =
        new(Service, nameof(RevokeX509UpstreamAuthority));

    /// <summary>Returns the WIT keys; SPIRE 1.15 has none.</summary>
    public static UnaryMethod<GetWITAuthorityStateRequest, GetWITAuthorityStateResponse> GetWITAuthorityState { get; } =
        new(Service, nameof(GetWITAuthorityState));

    /// <summary>Not implemented by SPIRE 1.15.</summary>
    public static UnaryMethod<PrepareWITAuthorityRequest, PrepareWITAuthorityResponse> PrepareWITAuthority { get; } =
        new(Service, nameof(PrepareWITAuthority));

    /// <summary>Not implemented by SPIRE 1.15.</summary>
    public static UnaryMethod<ActivateWITAuthorityRequest, ActivateWITAuthorityResponse> ActivateWITAuthority { get; } =
        new(Service, nameof(ActivateWITAuthority));

    /// <summary>Not implemented by SPIRE 1.15.</summary>
    public static UnaryMethod<TaintWITAuthorityRequest, TaintWITAuthorityResponse> TaintWITAuthority { get; } =
        new(Service, nameof(TaintWITAuthority));

    /// <summary>Not implemented by SPIRE 1.15.</summary>
    public static UnaryMethod<RevokeWITAuthorityRequest, RevokeWITAuthorityResponse> RevokeWITAuthority { get; } =
        new(Service, nameof(RevokeWITAuthority));
}

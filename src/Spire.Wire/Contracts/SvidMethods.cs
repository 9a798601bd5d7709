using Spire.Wire.Contracts.Svids;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>The server's <c>SVID</c> service: signing.</summary>
public static class SvidMethods
{
    private const string Service = "spire.api.server.svid.v1.SVID";

    /// <summary>Signs an X509-SVID without an entry. For administrators.</summary>
    public static UnaryMethod<MintX509SVIDRequest, MintX509SVIDResponse> MintX509SVID { get; } = new(Service, nameof(MintX509SVID));

    /// <summary>Signs a JWT-SVID without an entry. For administrators.</summary>
    public static UnaryMethod<MintJWTSVIDRequest, MintJWTSVIDResponse> MintJWTSVID { get; } = new(Service, nameof(MintJWTSVID));

    /// <summary>Signs a WIT-SVID without an entry. For administrators.</summary>
    public static UnaryMethod<MintWITSVIDRequest, MintWITSVIDResponse> MintWITSVID { get; } = new(Service, nameof(MintWITSVID));

    /// <summary>Signs X509-SVIDs for the agent's entries, at most 500 at once. For agents.</summary>
    public static UnaryMethod<BatchNewX509SVIDRequest, BatchNewX509SVIDResponse> BatchNewX509SVID { get; } =
        new(Service, nameof(BatchNewX509SVID));

    /// <summary>Signs a JWT-SVID for one of the agent's entries. For agents.</summary>
    public static UnaryMethod<NewJWTSVIDRequest, NewJWTSVIDResponse> NewJWTSVID { get; } = new(Service, nameof(NewJWTSVID));

    /// <summary>Signs WIT-SVIDs for the agent's entries. For agents.</summary>
    public static UnaryMethod<BatchNewWITSVIDRequest, BatchNewWITSVIDResponse> BatchNewWITSVID { get; } =
        new(Service, nameof(BatchNewWITSVID));

    /// <summary>Signs an intermediate authority. For downstream servers.</summary>
    public static UnaryMethod<NewDownstreamX509CARequest, NewDownstreamX509CAResponse> NewDownstreamX509CA { get; } =
        new(Service, nameof(NewDownstreamX509CA));
}

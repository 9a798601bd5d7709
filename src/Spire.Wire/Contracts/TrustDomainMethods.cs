using Google.Protobuf.WellKnownTypes;
using Spire.Wire.Contracts.TrustDomains;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>The server's <c>TrustDomain</c> service: federation relationships. For administrators.</summary>
public static class TrustDomainMethods
{
    private const string Service = "spire.api.server.trustdomain.v1.TrustDomain";

    /// <summary>Lists relationships, page by page.</summary>
    public static UnaryMethod<ListFederationRelationshipsRequest, ListFederationRelationshipsResponse> ListFederationRelationships { get; } =
        new(Service, nameof(ListFederationRelationships));

    /// <summary>Returns the relationship with one trust domain.</summary>
    public static UnaryMethod<GetFederationRelationshipRequest, FederationRelationship> GetFederationRelationship { get; } =
        new(Service, nameof(GetFederationRelationship));

    /// <summary>Creates relationships; each has its own result.</summary>
    public static UnaryMethod<BatchCreateFederationRelationshipRequest, BatchCreateFederationRelationshipResponse> BatchCreateFederationRelationship { get; } =
        new(Service, nameof(BatchCreateFederationRelationship));

    /// <summary>Changes relationships; each has its own result.</summary>
    public static UnaryMethod<BatchUpdateFederationRelationshipRequest, BatchUpdateFederationRelationshipResponse> BatchUpdateFederationRelationship { get; } =
        new(Service, nameof(BatchUpdateFederationRelationship));

    /// <summary>Deletes relationships; each has its own result.</summary>
    public static UnaryMethod<BatchDeleteFederationRelationshipRequest, BatchDeleteFederationRelationshipResponse> BatchDeleteFederationRelationship { get; } =
        new(Service, nameof(BatchDeleteFederationRelationship));

    /// <summary>Fetches the bundle of another trust domain now.</summary>
    public static UnaryMethod<RefreshBundleRequest, Empty> RefreshBundle { get; } = new(Service, nameof(RefreshBundle));
}

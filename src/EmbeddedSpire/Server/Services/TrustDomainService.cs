using Spire.Wire.Contracts;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Server.Services;

/// <summary>Federation relationships, which the embedded server does not keep: it fetches no bundles from other trust domains.</summary>
internal static class TrustDomainService
{
    /// <summary>Adds methods that refuse every call.</summary>
    public static void Map(GrpcHandlers handlers)
    {
        handlers.Map(TrustDomainMethods.ListFederationRelationships, (_, call, _) => throw NotImplemented(call));
        handlers.Map(TrustDomainMethods.GetFederationRelationship, (_, call, _) => throw NotImplemented(call));
        handlers.Map(TrustDomainMethods.BatchCreateFederationRelationship, (_, call, _) => throw NotImplemented(call));
        handlers.Map(TrustDomainMethods.BatchUpdateFederationRelationship, (_, call, _) => throw NotImplemented(call));
        handlers.Map(TrustDomainMethods.BatchDeleteFederationRelationship, (_, call, _) => throw NotImplemented(call));
        handlers.Map(TrustDomainMethods.RefreshBundle, (_, call, _) => throw NotImplemented(call));
    }

    private static GrpcException NotImplemented(ServerCall call) => new(StatusCode.Unimplemented, $"method {call.Method.Name} not implemented");
}

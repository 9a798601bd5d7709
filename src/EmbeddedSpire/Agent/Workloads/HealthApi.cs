using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>Standard gRPC health checking: calls the Workload API on the own socket. Having no identity for ourselves is fine.</summary>
internal sealed class HealthApi
{
    private readonly OwnSocket _socket;

    /// <summary>Creates the API.</summary>
    /// <param name="socket">Calls the own Workload API.</param>
    public HealthApi(OwnSocket socket) => _socket = socket;

    /// <summary>Adds the API's methods.</summary>
    /// <param name="handlers">Where to.</param>
    public void MapTo(GrpcHandlers handlers)
    {
        handlers.Map(HealthMethods.Check, CheckAsync);
        handlers.Map(HealthMethods.List, (_, _, _) => throw new GrpcException(StatusCode.Unimplemented, "method List not implemented"));
        handlers.Map(HealthMethods.Watch, (_, _, _, _) => throw new GrpcException(StatusCode.Unimplemented, "method Watch not implemented"));
    }

    private async Task<HealthCheckResponse> CheckAsync(HealthCheckRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        if (request.Service.Length > 0)
        {
            throw new GrpcException(StatusCode.InvalidArgument, "per-service health is not supported");
        }

        var isServing = true;
        try
        {
            await _socket.FetchSvidsAsync(cancellationToken);
        }
        catch (GrpcException failure)
        {
            isServing = failure.Code == StatusCode.PermissionDenied;
        }

        return new HealthCheckResponse
        {
            Status = isServing ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing,
        };
    }
}

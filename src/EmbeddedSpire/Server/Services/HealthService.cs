using EmbeddedSpire.Logging;
using EmbeddedSpire.Server.Calls;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Server.Services;

/// <summary>Standard gRPC health checking on the Unix socket: asks the database each time.</summary>
internal sealed class HealthService
{
    private readonly TrustDomain _trustDomain;
    private readonly BundleStore _bundles;
    private readonly Logger _log;

    /// <summary>Creates the service.</summary>
    public HealthService(TrustDomain trustDomain, BundleStore bundles, Logger log)
    {
        _trustDomain = trustDomain;
        _bundles = bundles;
        _log = log;
    }

    /// <summary>Adds its methods.</summary>
    public void Map(GrpcHandlers handlers)
    {
        handlers.Map(HealthMethods.Check, CheckAsync);
        handlers.Map(HealthMethods.List, (_, _, _) => throw new GrpcException(StatusCode.Unimplemented, "method List not implemented"));
        handlers.Map(HealthMethods.Watch, (_, _, _, _) => throw new GrpcException(StatusCode.Unimplemented, "method Watch not implemented"));
    }

    private async Task<HealthCheckResponse> CheckAsync(HealthCheckRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        if (request.Service.Length > 0)
        {
            throw Refusal.Call(_log.For(call), StatusCode.InvalidArgument, "per-service health is not supported");
        }

        string? problem;
        try
        {
            problem = await _bundles.FetchAsync(_trustDomain.Id.ToString(), cancellationToken) is null ? "bundle is missing" : null;
        }
        catch (DatastoreException)
        {
            problem = "unable to fetch bundle";
        }

        if (problem is null)
        {
            return new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving };
        }

        _log.For(call).Warn("Health check failed", ("reason", problem));
        return new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.NotServing };
    }
}

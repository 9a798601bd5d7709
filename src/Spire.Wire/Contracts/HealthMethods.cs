using Spire.Wire.Contracts.Health;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>Standard gRPC health checking.</summary>
public static class HealthMethods
{
    private const string Service = "grpc.health.v1.Health";

    /// <summary>Tells whether the server serves.</summary>
    public static UnaryMethod<HealthCheckRequest, HealthCheckResponse> Check { get; } = new(Service, nameof(Check));

    /// <summary>Tells it of every service; SPIRE does not implement it.</summary>
    public static UnaryMethod<HealthListRequest, HealthListResponse> List { get; } = new(Service, nameof(List));

    /// <summary>Streams it; SPIRE does not implement it.</summary>
    public static ServerStreamMethod<HealthCheckRequest, HealthCheckResponse> Watch { get; } = new(Service, nameof(Watch));
}

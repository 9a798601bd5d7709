using EmbeddedSpire.Metrics;
using Spire.Wire.Contracts;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>What stands around every call on the agent's sockets.</summary>
internal sealed class SocketInterceptors
{
    private static readonly Dictionary<GrpcMethod, string> Names = new()
    {
        [WorkloadMethods.FetchX509SVID] = "rpc_workload_api_fetch_x509svid",
        [WorkloadMethods.FetchX509Bundles] = "rpc_workload_api_fetch_x509_bundles",
        [WorkloadMethods.FetchJWTSVID] = "rpc_workload_api_fetch_jwtsvid",
        [WorkloadMethods.FetchJWTBundles] = "rpc_workload_api_fetch_jwt_bundles",
        [WorkloadMethods.ValidateJWTSVID] = "rpc_workload_api_validate_jwtsvid",
        [WorkloadMethods.FetchWITSVID] = "rpc_workload_api_fetch_witsvid",
        [WorkloadMethods.FetchWITBundles] = "rpc_workload_api_fetch_wit_bundles",
        [HealthMethods.Check] = "rpc_health_check",
        [HealthMethods.List] = "rpc_health_list",
        [HealthMethods.Watch] = "rpc_health_watch",
        [AgentDebugMethods.GetInfo] = "rpc_debug_get_info",
    };

    private readonly MetricRegistry _metrics;
    private readonly Dictionary<GrpcMethod, CallMetric> _calls;
    private int _workloadCalls;
    private int _debugCalls;

    /// <summary>Creates the interceptors.</summary>
    /// <param name="metrics">Told of every call but the agent's own.</param>
    public SocketInterceptors(MetricRegistry metrics)
    {
        _metrics = metrics;
        _calls = Names.ToDictionary(name => name.Key, name => metrics.Call(name.Value));
    }

    /// <summary>Gets the interceptors in their order.</summary>
    public IReadOnlyList<GrpcInterceptor> All => [MeasureAsync, CountAsync, RequireHeaderAsync];

    private static Task<GrpcStatus> RequireHeaderAsync(ServerCall call, GrpcCallHandler next, CancellationToken cancellationToken) =>
        // Browsers cannot send it: no page can make one fetch an SVID.
        !IsWorkloadApi(call) || call.RequestMetadata.ValuesOf(WorkloadMethods.SecurityHeader).ToList() is ["true"]
            ? next(call, cancellationToken)
            : throw new GrpcException(StatusCode.InvalidArgument, "security header missing from request");

    private static bool IsWorkloadApi(ServerCall call) => call.Method.Service == WorkloadMethods.FetchX509SVID.Service;

    private async Task<GrpcStatus> MeasureAsync(ServerCall call, GrpcCallHandler next, CancellationToken cancellationToken)
    {
        var metric = _calls[call.Method];
        var begun = metric.Begin();
        var status = await next(call, cancellationToken);
        if (!CallerProcess.Of(call.Peer).IsAgent)
        {
            metric.End(begun, status.Code.ToString());
        }

        return status;
    }

    private async Task<GrpcStatus> CountAsync(ServerCall call, GrpcCallHandler next, CancellationToken cancellationToken)
    {
        if (IsWorkloadApi(call))
        {
            return await CountAsync("workload_api", change => Interlocked.Add(ref _workloadCalls, change), () => next(call, cancellationToken));
        }

        return call.Method.Service == AgentDebugMethods.GetInfo.Service
            ? await CountAsync("debug_api", change => Interlocked.Add(ref _debugCalls, change), () => next(call, cancellationToken))
            : await next(call, cancellationToken);
    }

    private async Task<GrpcStatus> CountAsync(string api, Func<int, int> change, Func<Task<GrpcStatus>> call)
    {
        _metrics.Increment($"{api}_connection");
        _metrics.Set($"{api}_connections", change(1));
        try
        {
            return await call();
        }
        finally
        {
            _metrics.Set($"{api}_connections", change(-1));
        }
    }
}

using System.Text;
using EmbeddedSpire.Metrics;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Server.Calls;

/// <summary>Counts and times every call under SPIRE's names: <c>rpc_agent_v1_agent_attest_agent</c>.</summary>
internal sealed class RpcMetrics
{
    private readonly Dictionary<string, CallMetric> _calls;

    /// <summary>Creates the counters of methods.</summary>
    public RpcMetrics(IEnumerable<string> paths, MetricRegistry metrics) =>
        _calls = paths.Distinct().ToDictionary(path => path, path => metrics.Call($"rpc_{KeyOf(path)}"));

    /// <summary>Stands around the handling of a call.</summary>
    public async Task<GrpcStatus> InterceptAsync(ServerCall call, GrpcCallHandler next, CancellationToken cancellationToken)
    {
        var metric = _calls[call.Method.Path];
        var begun = metric.Begin();
        var status = await next(call, cancellationToken);
        metric.End(begun, status.Code.ToString());
        return status;
    }

    /// <summary>Returns the part of the name that stands for a method: <c>agent_v1_agent_attest_agent</c>.</summary>
    public static string KeyOf(string path)
    {
        var parts = path[1..].Split('/');
        var service = parts[0].Replace("spire.api.server.", string.Empty, StringComparison.Ordinal).Replace("grpc.health.v1.", string.Empty, StringComparison.Ordinal);
        return string.Join('_', service.Split('.').Append(parts[1]).Select(SnakeCase));
    }

    /// <summary>Puts an underscore before capitals that have a small letter on either side.</summary>
    private static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsUpper(name[i]) && i > 0 && i + 1 < name.Length && (char.IsLower(name[i + 1]) || char.IsLower(name[i - 1])) && text[^1] != '_')
            {
                text.Append('_');
            }

            text.Append(char.IsLetterOrDigit(name[i]) ? char.ToLowerInvariant(name[i]) : '_');
        }

        return text.ToString();
    }
}

using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Metrics;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Agent;

/// <summary>Measures what the agent does, under the name of the gRPC code it ended with.</summary>
internal static class MeasuredCall
{
    /// <summary>Does something and measures it.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="metric">Where it counts.</param>
    /// <param name="call">Does it.</param>
    /// <param name="labels">Labels besides the status.</param>
    public static async Task<T> MeasureAsync<T>(this CallMetric metric, Func<Task<T>> call, params (string Key, string Value)[] labels)
    {
        var begun = metric.Begin();
        try
        {
            var result = await call();
            metric.End(begun, nameof(StatusCode.OK), labels);
            return result;
        }
        catch (Exception failure)
        {
            metric.End(begun, CodeOf(failure).ToString(), labels);
            throw;
        }
    }

    private static StatusCode CodeOf(Exception failure) => failure switch
    {
        ServerCallException call => call.Status.Code,
        GrpcException call => call.Code,
        _ => StatusCode.Unknown,
    };
}

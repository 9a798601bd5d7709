using EmbeddedSpire.Metrics;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Agent.Storage;

/// <summary>Uses key managers.</summary>
internal static class KeyManagers
{
    /// <summary>Returns the keys that are there and measures that.</summary>
    /// <param name="keys">Where they are kept.</param>
    /// <param name="metrics">Told how long it took.</param>
    public static IReadOnlyList<AgentKey> ReadAll(this IKeyManager keys, MetricRegistry metrics)
    {
        var metric = metrics.Call("agent_key_manager_get_keys");
        var begun = metric.Begin();
        var all = keys.Keys;
        metric.End(begun, nameof(StatusCode.OK));
        return all;
    }

    /// <summary>Makes a key and measures that.</summary>
    /// <param name="keys">Where it is kept.</param>
    /// <param name="inUse">The key in use; null when there is none.</param>
    /// <param name="metrics">Told how long it took.</param>
    /// <exception cref="AgentException">It cannot be kept.</exception>
    public static AgentKey Generate(this IKeyManager keys, AgentKey? inUse, MetricRegistry metrics)
    {
        var metric = metrics.Call("agent_key_manager_generate_key");
        var begun = metric.Begin();
        try
        {
            var key = keys.Generate(inUse);
            metric.End(begun, nameof(StatusCode.OK));
            return key;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            metric.End(begun, nameof(StatusCode.Internal));
            throw new AgentException($"unable to generate private key: keymanager({keys.Name}): unable to write entries: {error.Message}", error);
        }
    }
}

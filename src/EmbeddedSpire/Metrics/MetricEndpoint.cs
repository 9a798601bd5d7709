using EmbeddedSpire.Http;
using EmbeddedSpire.Logging;
using Microsoft.AspNetCore.Http;

namespace EmbeddedSpire.Metrics;

/// <summary>Serves the Prometheus page, on every path as SPIRE does.</summary>
internal static class MetricEndpoint
{
    /// <summary>Starts the listener, if the settings want one.</summary>
    /// <param name="settings">Where to listen.</param>
    /// <param name="registry">What to serve.</param>
    /// <param name="refresh">Called before each page, for gauges that nobody sets in between.</param>
    /// <param name="log">Told of the address.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>What ends it; null when there is none.</returns>
    /// <exception cref="IOException">The address is in use or not ours.</exception>
    public static async Task<HttpEndpoint?> StartAsync(
        MetricSettings settings, MetricRegistry registry, Action refresh, Logger log, CancellationToken cancellationToken)
    {
        if (settings.Port is not { } port)
        {
            return null;
        }

        if (settings.Host is not ("localhost" or "127.0.0.1"))
        {
            log.For("telemetry").Warn("Agent is now configured to accept remote network connections for Prometheus stats collection. Please ensure access to this port is tightly controlled");
        }

        log.For("telemetry").Info("Starting prometheus exporter", ("host", settings.Host), ("port", port));
        return await HttpEndpoint.StartAsync(HttpEndpoint.Resolve(settings.Host, port), http => AnswerAsync(http, registry, refresh), cancellationToken);
    }

    private static Task AnswerAsync(HttpContext http, MetricRegistry registry, Action refresh)
    {
        refresh();
        http.Response.ContentType = PrometheusPage.ContentType;
        return http.Response.WriteAsync(PrometheusPage.Write(registry), http.RequestAborted);
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;
using EmbeddedSpire.Http;
using EmbeddedSpire.Logging;
using Microsoft.AspNetCore.Http;

namespace EmbeddedSpire.Health;

/// <summary>Tells orchestrators and load balancers how the process is: 200 or 500, and a JSON object of its parts.</summary>
internal static class HealthEndpoint
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Starts the listener, if the settings want one.</summary>
    /// <returns>What ends it; null when there is none.</returns>
    public static async Task<HttpEndpoint?> StartAsync(
        HealthSettings settings, HealthChecker checker, Logger log, CancellationToken cancellationToken)
    {
        if (!settings.IsListening)
        {
            return null;
        }

        try
        {
            var endpoint = await HttpEndpoint.StartAsync(
                HttpEndpoint.Resolve(settings.Host, settings.Port), http => AnswerAsync(http, settings, checker), cancellationToken);
            log.For("health").Info("Serving health checks", ("address", $"{settings.Host}:{settings.Port}"));
            return endpoint;
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            // Like SPIRE: a process without its health listener goes on, and whoever asks it finds out.
            log.For("health").Warn("Error serving health checks", ("error", error.Message));
            return null;
        }
    }

    private static Task AnswerAsync(HttpContext http, HealthSettings settings, HealthChecker checker)
    {
        var isLive = http.Request.Path == settings.LivePath;
        if (!isLive && http.Request.Path != settings.ReadyPath)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            http.Response.ContentType = "text/plain; charset=utf-8";
            return http.Response.WriteAsync("404 page not found\n", http.RequestAborted);
        }

        var states = checker.States;
        var isGood = states.Values.All(state => state is not null && (isLive ? state.IsLive : state.IsReady));
        http.Response.StatusCode = isGood ? StatusCodes.Status200OK : StatusCodes.Status500InternalServerError;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(Body(states), http.RequestAborted);
    }

    /// <summary>Writes the parts: an empty object for one that is well, its errors for one that is not, null before its first check.</summary>
    internal static string Body(IReadOnlyDictionary<string, HealthState?> states) =>
        JsonSerializer.Serialize(new SortedDictionary<string, IReadOnlyDictionary<string, string>?>(
            states.ToDictionary(state => state.Key, state => state.Value?.Errors), StringComparer.Ordinal), Readable) + "\n";
}

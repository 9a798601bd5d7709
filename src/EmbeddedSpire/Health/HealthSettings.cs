using EmbeddedSpire.Configuration;
using EmbeddedSpire.Http;

namespace EmbeddedSpire.Health;

/// <summary>The section <c>health_checks</c>, the same for server and agent.</summary>
internal sealed record HealthSettings
{
    /// <summary>Gets whether there is an HTTP listener. Checks run without one too. Defaults to false.</summary>
    public bool IsListening { get; init; }

    /// <summary>Gets the address. Defaults to <c>localhost</c>.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>Gets the port. Defaults to 80.</summary>
    public int Port { get; init; } = 80;

    /// <summary>Gets the path that tells whether the process should go on. Defaults to <c>/live</c>.</summary>
    public string LivePath { get; init; } = "/live";

    /// <summary>Gets the path that tells whether it can serve. Defaults to <c>/ready</c>.</summary>
    public string ReadyPath { get; init; } = "/ready";

    /// <summary>Reads the section.</summary>
    /// <param name="root">The whole file.</param>
    public static HealthSettings Read(Section root)
    {
        var defaults = new HealthSettings();
        var section = root.ChildOrEmpty("health_checks");
        var port = section.Text("bind_port") ?? "80";
        if (!HttpEndpoint.TryParsePort(port, out var number))
        {
            section.Report("bind_port", $"bind_port '{port}' is not a port from 1 to 65535.");
        }

        return new HealthSettings
        {
            IsListening = section.Truth("listener_enabled") ?? false,
            Host = NotEmpty(section.Text("bind_address")) ?? defaults.Host,
            Port = number,
            LivePath = NotEmpty(section.Text("live_path")) ?? defaults.LivePath,
            ReadyPath = NotEmpty(section.Text("ready_path")) ?? defaults.ReadyPath,
        };
    }

    private static string? NotEmpty(string? text) => text is { Length: > 0 } ? text : null;
}

using EmbeddedSpire.Configuration;

namespace EmbeddedSpire.Metrics;

/// <summary>The section <c>telemetry</c>, the same for server and agent.</summary>
internal sealed record MetricSettings
{
    /// <summary>Gets the address of the Prometheus page. Defaults to <c>localhost</c>.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>Gets the port of the Prometheus page; null means there is none.</summary>
    public int? Port { get; init; }

    /// <summary>Gets what names begin with; null means <c>spire_server</c> or <c>spire_agent</c>.</summary>
    public string? Prefix { get; init; }

    /// <summary>Gets whether every series has a label <c>host</c>. Defaults to true.</summary>
    public bool HasHostLabel { get; init; } = true;

    /// <summary>Gets whether every series has a label <c>trust_domain</c>. Defaults to false.</summary>
    public bool HasTrustDomainLabel { get; init; }

    /// <summary>Reads the section.</summary>
    /// <param name="root">The whole file.</param>
    public static MetricSettings Read(Section root)
    {
        if (root.Child("telemetry") is not { } section)
        {
            return new MetricSettings();
        }

        section.Unsupported("Metrics are served to Prometheus only.", "Dogstatsd", "Statsd", "M3", "InMem");
        section.Unsupported("All metrics are served.", "AllowedPrefixes", "BlockedPrefixes", "AllowedLabels", "BlockedLabels");
        var prometheus = section.Child("Prometheus");
        prometheus?.Unsupported("The page is served in the clear.", "tls");
        if (prometheus is not null && !prometheus.Has("port"))
        {
            prometheus.Report("port", "port must be configured in Prometheus.");
        }

        return new MetricSettings
        {
            Host = prometheus?.Text("host") is { Length: > 0 } host ? host : "localhost",
            Port = prometheus?.Integer("port", 1, ushort.MaxValue),
            Prefix = section.Text("MetricPrefix") is { Length: > 0 } prefix ? prefix : null,
            HasHostLabel = section.Truth("EnableHostnameLabel") ?? true,
            HasTrustDomainLabel = section.Truth("EnableTrustDomainLabel") ?? false,
        };
    }
}

using EmbeddedSpire.Agent.Attestation;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Agent.Syncing;
using EmbeddedSpire.Agent.Workloads;
using EmbeddedSpire.Health;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;

namespace EmbeddedSpire.Agent;

/// <summary>What an agent is told: SPIRE's own configuration file, as far as it is supported, and the command line.</summary>
internal sealed record AgentSettings
{
    /// <summary>Where the Workload API is when the configuration does not say.</summary>
    public const string DefaultSocketPath = "/tmp/spire-agent/public/api.sock";

    /// <summary>Gets the servers.</summary>
    public required ServerAddress Server { get; init; }

    /// <summary>Gets whom the agent trusts before it has attested, and its trust domain.</summary>
    public required BootstrapTrust Trust { get; init; }

    /// <summary>Gets where the agent remembers who it is.</summary>
    /// <value>A directory, created if it is not there. Defaults to the working directory.</value>
    public string DataDirectory { get; init; } = ".";

    /// <summary>Gets the directory of its keys; null keeps them in memory.</summary>
    public string? KeyDirectory { get; init; }

    /// <summary>Gets the files of the attestor <c>x509pop</c>; null when it is another one.</summary>
    public PopFiles? Pop { get; init; }

    /// <summary>Gets what the attestor <c>k8s_psat</c> shows; null when it is another one. With neither it is <c>join_token</c>.</summary>
    public PsatSource? Psat { get; init; }

    /// <summary>Gets the join token; null when there is none. When there is one it is used, whatever the attestor.</summary>
    public string? JoinToken { get; init; }

    /// <summary>Gets the path of the Workload API's socket.</summary>
    public string SocketPath { get; init; } = DefaultSocketPath;

    /// <summary>Gets the path of the administrative socket; null means there is none.</summary>
    public string? AdminSocketPath { get; init; }

    /// <summary>Gets what the attestor <c>unix</c> finds out.</summary>
    public UnixSettings Unix { get; init; } = new();

    /// <summary>Gets what workloads get.</summary>
    public WorkloadApiSettings Workloads { get; init; } = new(false, new HashSet<string>());

    /// <summary>Gets the kind of the workloads' keys: one of <see cref="WorkloadKeys.Names"/>.</summary>
    public string WorkloadKeyType { get; init; } = WorkloadKeys.Names[0];

    /// <summary>Gets the time that X509-SVIDs should outlive all servers.</summary>
    /// <value>At least 24 h; zero, the default, when there is no such wish.</value>
    public TimeSpan AvailabilityTarget { get; init; }

    /// <summary>Gets the pause between two syncs. Defaults to 5 s.</summary>
    public TimeSpan SyncInterval { get; init; } = Synchronizer.DefaultInterval;

    /// <summary>Gets whether a sync asks only for what has changed. Defaults to true.</summary>
    public bool AsksForChanges { get; init; } = true;

    /// <summary>Gets the time that a token may take when there is an older one. From 5 s to 30 s, the default.</summary>
    public TimeSpan TokenLimitWithFallback { get; init; } = ServerClient.CallLimit;

    /// <summary>Gets the number of X509-SVIDs there is room for; zero means 1000.</summary>
    public int X509CacheSize { get; init; }

    /// <summary>Gets the number of JWT-SVIDs there is room for; zero means 1000.</summary>
    public int JwtCacheSize { get; init; }

    /// <summary>Gets the mistakes that it makes. Defaults to none.</summary>
    public IReadOnlySet<Defect> Defects { get; init; } = new HashSet<Defect>();

    /// <summary>Gets what is logged.</summary>
    public LogSettings Log { get; init; } = new();

    /// <summary>Gets where health is told.</summary>
    public HealthSettings Health { get; init; } = new();

    /// <summary>Gets where metrics are told.</summary>
    public MetricSettings Metrics { get; init; } = new();
}

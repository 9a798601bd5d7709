using System.Net;
using System.Security.Cryptography.X509Certificates;
using EmbeddedSpire.Health;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using EmbeddedSpire.Server.Authorities;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Server;

/// <summary>How a server runs: what its configuration file says, with SPIRE's defaults.</summary>
internal sealed record ServerSettings
{
    public required TrustDomain TrustDomain { get; init; }

    /// <summary>Gets where it listens for agents. Defaults to <c>0.0.0.0:8081</c>.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>Gets the Unix socket for administrators. Defaults to <c>/tmp/spire-server/private/api.sock</c>.</summary>
    public required string SocketPath { get; init; }

    /// <summary>Gets the directory for what the server keeps; made when it is missing.</summary>
    public required string DataDirectory { get; init; }

    public required DatabaseSettings Database { get; init; }

    /// <summary>Gets the file for private keys; null keeps them in memory.</summary>
    public string? KeysPath { get; init; }

    public PopSettings? Pop { get; init; }

    /// <summary>Gets the clusters of the plugin <c>NodeAttestor "k8s_psat"</c> by name; null without it.</summary>
    public IReadOnlyDictionary<string, PsatCluster>? Psat { get; init; }

    public Lifetimes Lifetimes { get; init; } = new();

    public KeyKind AuthorityKeyKind { get; init; }

    public KeyKind JwtKeyKind { get; init; }

    public string? JwtIssuer { get; init; }

    public bool HasJwt { get; init; } = true;

    /// <summary>Gets the ids that may administer the server over TCP.</summary>
    public IReadOnlySet<SpiffeId> AdminIds { get; init; } = new HashSet<SpiffeId>();

    public bool LimitAttestation { get; init; } = true;

    public bool LimitSigning { get; init; } = true;

    /// <summary>Gets the peers that may send a PROXY header; with none there is nobody who reads one.</summary>
    public IReadOnlyList<IPNetwork> ProxyPeers { get; init; } = [];

    /// <summary>Gets how old what is known of an agent may be. Defaults to zero: the database is asked on every call.</summary>
    public TimeSpan NodeStaleness { get; init; }

    /// <summary>Gets the time from one building of the entry cache to the next. Defaults to 5 s.</summary>
    public TimeSpan CacheReloadInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets how long events are kept. Defaults to 12 h; looked at twice in that time.</summary>
    public TimeSpan EventAge { get; init; } = TimeSpan.FromHours(12);

    public NodePruning? NodePruning { get; init; }

    /// <summary>Gets whether the id of an agent is one of its selectors.</summary>
    public bool AgentIdIsSelector { get; init; }

    /// <summary>Gets the mistakes that it makes. Defaults to none.</summary>
    public IReadOnlySet<Defect> Defects { get; init; } = new HashSet<Defect>();

    public LogSettings Log { get; init; } = new();

    public HealthSettings Health { get; init; } = new();

    public MetricSettings Metrics { get; init; } = new();
}

/// <summary>The plugin <c>DataStore "sql"</c>.</summary>
internal sealed record DatabaseSettings
{
    public required DatabaseAddress Address { get; init; }

    /// <summary>Gets where lists may be read that may be a little old; null means from the same place as everything.</summary>
    public DatabaseAddress? Replica { get; init; }

    public PoolLimits Limits { get; init; } = new();

    /// <summary>Gets whether commits do not wait for the synchronous standby: <see cref="Defect.CommitsLocally"/>.</summary>
    public bool CommitsLocally { get; init; }

    /// <summary>Gets whether no other node is looked for once one took writes: <see cref="Defect.StaysWithFirstPrimary"/>.</summary>
    public bool StaysWithFirstPrimary { get; init; }

    /// <summary>Gets whether tables of an older release are upgraded.</summary>
    public bool MayUpgrade { get; init; } = true;
}

/// <summary>The plugin <c>NodeAttestor "x509pop"</c>.</summary>
internal sealed record PopSettings
{
    /// <summary>Gets the authorities of the mode <c>external_pki</c>; empty in the mode <c>spiffe</c>.</summary>
    public IReadOnlyList<X509Certificate2> Authorities { get; init; } = [];

    /// <summary>Gets what the paths of certificates begin with in the mode <c>spiffe</c>; null in the other mode.</summary>
    public string? SpiffePrefix { get; init; }

    public int MaxIntermediates { get; init; } = 4;

    public int MaxRsaKeySize { get; init; } = 8192;
}

/// <summary>A cluster of the plugin <c>NodeAttestor "k8s_psat"</c>.</summary>
internal sealed record PsatCluster
{
    /// <summary>Gets the service accounts of agents: <c>namespace:name</c>. At least one.</summary>
    public required IReadOnlySet<string> ServiceAccounts { get; init; }

    /// <summary>Gets for whom tokens have to be meant, one of them at least.</summary>
    /// <value>Defaults to <c>spire-server</c>; empty means for the API server.</value>
    public IReadOnlyList<string> Audience { get; init; } = ["spire-server"];

    /// <summary>Gets the file that says how the API server is reached; null means as every pod of the cluster may.</summary>
    public string? KubeConfigFile { get; init; }

    /// <summary>Gets the labels of Kubernetes nodes that become selectors.</summary>
    public IReadOnlySet<string> NodeLabelKeys { get; init; } = new HashSet<string>();

    /// <summary>Gets the labels of pods that become selectors.</summary>
    public IReadOnlySet<string> PodLabelKeys { get; init; } = new HashSet<string>();

    /// <summary>Gets whether agents are named after their pods instead of their Kubernetes nodes.</summary>
    public bool UsesPodUid { get; init; }
}

/// <summary>When agents are forgotten that do not come back.</summary>
/// <param name="ExpiredFor">How long their certificate has been over.</param>
/// <param name="IncludeNonReattestable">Whether those go too that cannot attest again.</param>
/// <param name="BatchSize">How many at a time.</param>
internal sealed record NodePruning(TimeSpan ExpiredFor, bool IncludeNonReattestable, int BatchSize);

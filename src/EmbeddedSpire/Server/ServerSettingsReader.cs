using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EmbeddedSpire.Configuration;
using EmbeddedSpire.Health;
using EmbeddedSpire.Http;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using EmbeddedSpire.Server.Authorities;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Server;

/// <summary>Reads <c>server.conf</c>. Keys that SPIRE does not know are refused as SPIRE does; those that we do not support, plainly.</summary>
internal sealed class ServerSettingsReader
{
    private const string DefaultSocketPath = "/tmp/spire-server/private/api.sock";
    private const int DefaultPort = 8081;
    private const int DefaultPruningBatch = 1000;

    private static readonly Dictionary<string, string[]> SupportedPlugins = new()
    {
        ["DataStore"] = ["sql"],
        ["KeyManager"] = ["disk", "memory"],
        ["NodeAttestor"] = ["join_token", "k8s_psat", "x509pop"],
    };

    private readonly FlagSet _flags;
    private readonly ConfigurationProblems _problems;

    private ServerSettingsReader(FlagSet flags, ConfigurationProblems problems) => (_flags, _problems) = (flags, problems);

    /// <summary>Gets the flags of <c>server run</c>.</summary>
    public static FlagSet Flags() => new FlagSet("server run")
        .Value("config", "Path to a SPIRE config file (default conf/server/server.conf)")
        .Switch("expandEnv", "Expand environment variables in SPIRE config file")
        .Value("bindAddress", "IP address or DNS name of the SPIRE server")
        .Value("serverPort", "Port number of the SPIRE server")
        .Value("dataDir", "Directory to store runtime data to")
        .Value("socketPath", "Path to bind the SPIRE Server API socket to")
        .Value("trustDomain", "The trust domain that this server belongs to")
        .Value("logFile", "File to write logs to")
        .Value("logFormat", "'text' or 'json'")
        .Value("logLevel", "'debug', 'info', 'warn', or 'error'");

    /// <summary>Reads the file that the flags name.</summary>
    /// <exception cref="ConfigurationException">It cannot be read or is wrong; the message lists everything that is.</exception>
    public static ServerSettings Read(FlagSet flags) => ConfigurationFile.Read(
        flags.Get("config") ?? "conf/server/server.conf",
        flags.IsOn("expandEnv"),
        (root, problems) => new ServerSettingsReader(flags, problems).Read(root));

    private ServerSettings Read(Section root)
    {
        var server = root.RequiredChild("server");
        var experimental = server.ChildOrEmpty("experimental");
        var defects = Defect.ReadAll(experimental);
        RefuseUnsupported(server, experimental);
        var plugins = Plugin.ReadAll(root.RequiredChild("plugins"), SupportedPlugins, _problems);
        var limits = server.ChildOrEmpty("ratelimit");
        var authorityKind = server.OneOf("ca_key_type", KeyKinds.Names) is { } kind ? KeyKinds.Parse(kind) : KeyKind.EcP256;
        return new ServerSettings
        {
            TrustDomain = ReadTrustDomain(server),
            Address = ReadAddress(server),
            SocketPath = _flags.Get("socketPath") ?? server.Text("socket_path") ?? DefaultSocketPath,
            DataDirectory = _flags.Get("dataDir") is { } directory ? Known(server, "data_dir", directory) : server.RequiredText("data_dir"),
            Database = ReadDatabase(root, plugins, defects),
            KeysPath = ReadKeysPath(root, plugins),
            Pop = ReadPop(plugins),
            Psat = ReadPsat(plugins),
            Lifetimes = ReadLifetimes(server),
            AuthorityKeyKind = authorityKind,
            JwtKeyKind = server.OneOf("jwt_key_type", KeyKinds.Names) is { } jwtKind ? KeyKinds.Parse(jwtKind) : authorityKind,
            JwtIssuer = server.Text("jwt_issuer") is { Length: > 0 } issuer ? issuer : null,
            HasJwt = !(server.Truth("disable_jwt_svids") ?? false),
            AdminIds = ReadAdminIds(server),
            LimitAttestation = (limits.Truth("attestation") ?? true) || defects.Contains(Defect.LimitsTheBalancer),
            LimitSigning = limits.Truth("signing") ?? true,
            ProxyPeers = ReadProxyPeers(server),
            NodeStaleness = server.Duration("max_attested_node_info_staleness") ?? TimeSpan.Zero,
            CacheReloadInterval = Positive(experimental, "cache_reload_interval") ?? TimeSpan.FromSeconds(5),
            EventAge = Positive(experimental, "prune_events_older_than") ?? TimeSpan.FromHours(12),
            NodePruning = ReadNodePruning(server),
            AgentIdIsSelector = experimental.Truth("agent_spiffe_id_as_selector") ?? false,
            Defects = defects,
            Log = LogSettings.Read(server, _flags),
            Health = HealthSettings.Read(root),
            Metrics = MetricSettings.Read(root),
        };
    }

    private static string Known(Section section, string key, string value)
    {
        section.Ignore(key);
        return value;
    }

    private static void RefuseUnsupported(Section server, Section experimental)
    {
        server.Unsupported("It fetches and serves no bundles of other trust domains; put them there with the Bundle API.", "federation");
        server.Unsupported("Authorities have SPIRE's default name.", "ca_subject");
        RefuseIfOn(server, "audit_log_enabled", "There is no audit log.");
        RefuseIfOn(server, "profiling_enabled", "There is no profiler of Go's kind.");
        server.Ignore("profiling_port", "profiling_freq", "profiling_names");

        RefuseIfOn(experimental, "events_based_cache", "Entries are cached in full, which is SPIRE's default.");
        RefuseIfOn(experimental, "require_pq_kem", "TLS is what the platform offers.");
        experimental.Unsupported("The policy is SPIRE's default.", "auth_opa_policy_engine");
        experimental.Unsupported("There are no named pipes here.", "named_pipe_name");
        experimental.Ignore("full_cache_reload_interval", "event_timeout", "sql_transaction_timeout", "wit_key_type", "wit_issuer");
        if (experimental.Texts("feature_flags").Count > 0)
        {
            experimental.Unsupported("There are no features behind flags.", "feature_flags");
        }
    }

    private static void RefuseIfOn(Section section, string key, string why)
    {
        if (section.Truth(key) == true)
        {
            section.Unsupported(why, key);
        }
    }

    private TrustDomain ReadTrustDomain(Section server)
    {
        var text = _flags.Get("trustDomain") is { } flag ? Known(server, "trust_domain", flag) : server.RequiredText("trust_domain");
        if (TrustDomain.TryParse(text, out var trustDomain, out var problem))
        {
            return trustDomain;
        }

        if (text.Length > 0)
        {
            server.Report("trust_domain", $"could not parse trust_domain \"{text}\": {problem}");
        }

        // Never used: the problem is reported before anything is done with the settings.
        return TrustDomain.Parse("invalid");
    }

    private IPEndPoint ReadAddress(Section server)
    {
        var host = _flags.Get("bindAddress") ?? (server.Text("bind_address") is { Length: > 0 } text ? text : "0.0.0.0");
        var port = server.Integer("bind_port", 1, ushort.MaxValue) ?? DefaultPort;
        if (_flags.Get("serverPort") is { } flag && !HttpEndpoint.TryParsePort(flag, out port))
        {
            server.Report("bind_port", $"serverPort '{flag}' is not a port from 1 to 65535.");
        }

        try
        {
            return HttpEndpoint.Resolve(host, port);
        }
        catch (SocketException error)
        {
            server.Report("bind_address", $"could not resolve bind address \"{host}:{port}\": {error.Message}");
            return new IPEndPoint(IPAddress.Any, port);
        }
    }

    private Plugin? Single(Section root, IReadOnlyList<Plugin> plugins, string type)
    {
        var found = plugins.Where(plugin => plugin.Type == type).ToList();
        if (found.Count != 1)
        {
            _problems.Add(found.Count > 1 ? found[1].Position : root.Position, $"expected exactly one {type} plugin; there are {found.Count}.");
        }

        return found.FirstOrDefault();
    }

    private DatabaseSettings ReadDatabase(Section root, IReadOnlyList<Plugin> plugins, IReadOnlySet<Defect> defects)
    {
        var data = Single(root, plugins, "DataStore")?.Data ?? new Section("plugin_data", new HclObject(root.Position, []), new ConfigurationProblems());
        if (data.RequiredText("database_type") is var type && type is not ("postgres" or ""))
        {
            data.Report("database_type", $"database_type '{type}' is not supported by the embedded SPIRE; supported is postgres.");
        }

        data.Unsupported("These are for MySQL.", "root_ca_path", "client_cert_path", "client_key_path");
        data.Ignore("log_sql");
        var defaults = new PoolLimits();
        return new DatabaseSettings
        {
            Address = ReadConnection(data, "connection_string", data.RequiredText("connection_string")),
            Replica = data.Text("ro_connection_string") is { Length: > 0 } replica ? ReadConnection(data, "ro_connection_string", replica) : null,
            Limits = new PoolLimits
            {
                MaxOpen = data.Integer("max_open_conns", 0) ?? defaults.MaxOpen,
                MaxIdle = data.Integer("max_idle_conns", 0) ?? defaults.MaxIdle,
                MaxLifetime = data.Duration("conn_max_lifetime"),
                LosesPlaces = defects.Contains(Defect.PoolLosesPlaces),
            },
            CommitsLocally = defects.Contains(Defect.CommitsLocally),
            StaysWithFirstPrimary = defects.Contains(Defect.StaysWithFirstPrimary),
            MayUpgrade = !(data.Truth("disable_migration") ?? false),
        };
    }

    private static DatabaseAddress ReadConnection(Section data, string key, string text)
    {
        try
        {
            return DatabaseAddress.Parse(text);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            data.Report(key, $"{key} cannot be read: {error.Message}.");
            return DatabaseAddress.Parse(string.Empty);
        }
    }

    private string? ReadKeysPath(Section root, IReadOnlyList<Plugin> plugins) =>
        Single(root, plugins, "KeyManager") is { Name: "disk" } disk ? disk.Data.RequiredText("keys_path") : null;

    private static PopSettings? ReadPop(IReadOnlyList<Plugin> plugins)
    {
        if (plugins.FirstOrDefault(plugin => plugin is { Type: "NodeAttestor", Name: "x509pop" }) is not { Data: var data })
        {
            return null;
        }

        data.Unsupported("Agents are named after the fingerprint of their certificate.", "agent_path_template");
        RefuseIfOn(data, "verify_client_ip", "Certificates are not compared with addresses.");
        var isSpiffe = data.OneOf("mode", "external_pki", "spiffe") == "spiffe";
        var paths = data.Texts("ca_bundle_paths").Concat(data.Text("ca_bundle_path") is { Length: > 0 } path ? [path] : []).ToList();
        if (isSpiffe != (paths.Count == 0))
        {
            data.Report("ca_bundle_path", isSpiffe
                ? "ca_bundle_path and ca_bundle_paths must not be set in the mode spiffe: the trust domain's own bundle counts."
                : "ca_bundle_path or ca_bundle_paths must be configured in x509pop.");
        }

        var prefix = data.Text("spiffe_prefix") ?? data.Text("svid_prefix") ?? "/spire-exchange/";
        return new PopSettings
        {
            Authorities = [.. paths.SelectMany(file => ReadAuthorities(data, file))],
            SpiffePrefix = isSpiffe ? $"/{prefix.Trim('/')}/" : null,
            MaxIntermediates = data.Integer("max_intermediates", 0) ?? 4,
            MaxRsaKeySize = data.Integer("max_rsa_key_size", 1) ?? 8192,
        };
    }

    private static Dictionary<string, PsatCluster>? ReadPsat(IReadOnlyList<Plugin> plugins) =>
        plugins.FirstOrDefault(plugin => plugin is { Type: "NodeAttestor", Name: "k8s_psat" }) is { Data: var data }
            ? data.ChildOrEmpty("clusters").Children().ToDictionary(cluster => cluster.Name, ReadCluster)
            : null;

    private static PsatCluster ReadCluster(Section cluster)
    {
        var accounts = cluster.Texts("service_account_allow_list").ToHashSet();
        if (accounts.Count == 0)
        {
            cluster.Report("service_account_allow_list", $"cluster \"{cluster.Name}\" configuration must have at least one service account allowed");
        }

        var read = new PsatCluster
        {
            ServiceAccounts = accounts,
            KubeConfigFile = cluster.Text("kube_config_file") is { Length: > 0 } file ? file : null,
            NodeLabelKeys = cluster.Texts("allowed_node_label_keys").ToHashSet(),
            PodLabelKeys = cluster.Texts("allowed_pod_label_keys").ToHashSet(),
            UsesPodUid = cluster.Truth("use_pod_uid_for_agent_id") ?? false,
        };
        return cluster.Has("audience") ? read with { Audience = cluster.Texts("audience") } : read;
    }

    private static IEnumerable<X509Certificate2> ReadAuthorities(Section data, string path)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(path);
            if (certificates.Count > 0)
            {
                return certificates;
            }

            data.Report("ca_bundle_path", $"{path} holds no certificate.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            data.Report("ca_bundle_path", $"{path} cannot be read: {error.Message}");
        }

        return [];
    }

    private static Lifetimes ReadLifetimes(Section server)
    {
        var defaults = new Lifetimes();
        return new Lifetimes
        {
            Authority = Positive(server, "ca_ttl") ?? defaults.Authority,
            X509Svid = Positive(server, "default_x509_svid_ttl") ?? defaults.X509Svid,
            JwtSvid = Positive(server, "default_jwt_svid_ttl") ?? defaults.JwtSvid,
            Agent = Positive(server, "agent_ttl"),
        };
    }

    private static TimeSpan? Positive(Section section, string key) =>
        // SPIRE takes zero for "not set".
        section.Duration(key) is { } duration && duration > TimeSpan.Zero ? duration : null;

    private static HashSet<SpiffeId> ReadAdminIds(Section server)
    {
        var ids = new HashSet<SpiffeId>();
        foreach (var text in server.Texts("admin_ids"))
        {
            if (SpiffeId.TryParse(text, out var id, out var problem))
            {
                ids.Add(id);
            }
            else
            {
                server.Report("admin_ids", $"could not parse admin ID \"{text}\": {problem}");
            }
        }

        return ids;
    }

    private static List<IPNetwork> ReadProxyPeers(Section server)
    {
        var networks = new List<IPNetwork>();
        foreach (var text in server.Texts("proxy_protocol_trusted_cidrs"))
        {
            if (IPNetwork.TryParse(text, out var network))
            {
                networks.Add(network);
            }
            else if (IPAddress.TryParse(text, out var address))
            {
                networks.Add(new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128));
            }
            else
            {
                server.Report("proxy_protocol_trusted_cidrs", $"invalid proxy_protocol_trusted_cidrs: '{text}' is not a network such as 10.0.0.0/8.");
            }
        }

        return networks;
    }

    private static NodePruning? ReadNodePruning(Section server)
    {
        var batch = server.Integer("prune_attested_nodes_batch_size") ?? 0;
        var includesAll = server.Truth("prune_tofu_nodes") ?? false;
        return Positive(server, "prune_attested_nodes_expired_for") is { } expiredFor
            ? new NodePruning(expiredFor, includesAll, batch > 0 ? batch : DefaultPruningBatch)
            : null;
    }
}

using System.Globalization;
using Validation.Core.Stacks;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Nodes;

/// <summary>A SPIRE server: the real one or the embedded one, by the same configuration.</summary>
internal static class SpireServerNode
{
    /// <summary>Describes the node.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="layout">The stack.</param>
    /// <param name="programs">SPIRE's programs.</param>
    /// <param name="nodeAuthority">The certificate, as PEM, of the authority that vouches for agents' nodes.</param>
    public static NodeProgram Describe(NodePlace place, StackLayout layout, SpirePrograms programs, string nodeAuthority)
    {
        var configuration = place.File("server.conf");
        return new NodeProgram
        {
            Name = place.Name,
            Role = place.Role,
            Address = place.Address,
            Directory = place.Directory,
            Command = [.. programs.Server, "run", "-config", configuration],
            NextCommand = programs.Next is { } next ? [.. next.Server, "run", "-config", configuration] : null,
            MetricsPort = Ports.SpireServerMetrics,
            Files = new Dictionary<string, string>
            {
                [configuration] = Configuration(place, layout),
                [place.File("node-authority.pem")] = nodeAuthority,
            },
            Readiness = new HttpProbe(place.Address, Ports.SpireServerHealth, "/ready"),
            Liveness = SpireLiveness.For(place, Ports.SpireServerHealth),
        };
    }

    /// <summary>Returns the path of the server's private socket.</summary>
    /// <param name="place">The node.</param>
    public static string AdminSocket(NodePlace place) => place.File("private/api.sock");

    /// <summary>Returns the server's configuration.</summary>
    /// <remarks>
    /// The limits for attestation and signing are per source address, and all load comes from one, so they are off.
    /// </remarks>
    /// <param name="place">The node.</param>
    /// <param name="layout">The stack.</param>
    internal static string Configuration(NodePlace place, StackLayout layout)
    {
        var connections = PoolerNode.ConnectionsPerServer(layout.OfRole(Roles.SpireServer).Count);
        return $$"""
            server {
              trust_domain          = "{{SpireNames.TrustDomain}}"
              bind_address          = "0.0.0.0"
              bind_port             = {{Ports.SpireApi}}
              socket_path           = "{{AdminSocket(place)}}"
              data_dir              = "{{place.File("data")}}"
              log_level             = "INFO"
              ca_ttl                = "{{Seconds(layout.Spec.CaTtl)}}"
              default_x509_svid_ttl = "{{Seconds(layout.Spec.X509SvidTtl)}}"
              agent_ttl             = "{{Seconds(layout.Spec.AgentTtl)}}"
              admin_ids             = ["{{SpireNames.AdministratorId}}"]
              ratelimit {
                attestation = false
                signing     = false
              }
            {{ExperimentalSection.OfServer(layout.Spec)}}}

            plugins {
              DataStore "sql" {
                plugin_data {
                  database_type     = "postgres"
                  connection_string = "{{Connection(DatabaseHosts(layout), layout)}}"
            {{ReadConnection(layout)}}      max_open_conns    = {{connections}}
                  max_idle_conns    = {{connections}}
                }
              }
              NodeAttestor "x509pop" {
                plugin_data {
                  ca_bundle_path = "{{place.File("node-authority.pem")}}"
                }
              }
              NodeAttestor "join_token" {
                plugin_data {}
              }
              KeyManager "disk" {
                plugin_data {
                  keys_path = "{{place.File("data/keys.json")}}"
                }
              }
            }

            health_checks {
              listener_enabled = true
              bind_address     = "0.0.0.0"
              bind_port        = "{{Ports.SpireServerHealth}}"
              live_path        = "/live"
              ready_path       = "/ready"
            }

            telemetry {
              Prometheus {
                host = "0.0.0.0"
                port = {{Ports.SpireServerMetrics}}
              }
            }

            """;
    }

    /// <summary>Returns where the database is: the pooler, or all nodes of which one takes writes.</summary>
    private static string DatabaseHosts(StackLayout layout) => layout.Spec.KnowsDatabaseHosts
        ? $"host={string.Join(',', layout.OfRole(Roles.Postgres).Select(layout.HostOf))} port={Ports.Postgres} target_session_attrs=read-write"
        : $"host={layout.HostOf(layout.Only(Roles.Pooler))} port={Ports.Pooler}";

    private static string ReadConnection(StackLayout layout) => layout.Spec.ReadsFromReplicas
        ? $"      ro_connection_string = \"{Connection($"host={layout.HostOf(layout.Only(Roles.LoadBalancer))} port={Ports.PostgresReads}", layout)}\"\n"
        : string.Empty;

    private static string Connection(string hosts, StackLayout layout) =>
        $"{hosts} dbname={DatabaseNames.Spire} user={DatabaseNames.Spire} password={layout.Secrets.Spire} sslmode=disable connect_timeout=5";

    private static string Seconds(TimeSpan duration) =>
        ((long)duration.TotalSeconds).ToString(CultureInfo.InvariantCulture) + "s";
}

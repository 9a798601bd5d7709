using Validation.Core.Stacks;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Nodes;

/// <summary>A SPIRE agent with its Workload API socket: the real one or the embedded one, by the same configuration.</summary>
internal static class SpireAgentNode
{
    /// <summary>Describes the node.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="layout">The stack.</param>
    /// <param name="programs">SPIRE's programs.</param>
    /// <param name="identity">By what it proves which node it is on.</param>
    /// <param name="bootstrapBundle">The trust domain's authorities, as PEM, by which it knows the servers.</param>
    public static NodeProgram Describe(
        NodePlace place, StackLayout layout, SpirePrograms programs, NodeIdentity identity, string bootstrapBundle)
    {
        var configuration = place.File("agent.conf");
        return new NodeProgram
        {
            Name = place.Name,
            Role = place.Role,
            Address = place.Address,
            Directory = place.Directory,
            Command = [.. programs.Agent, "run", "-config", configuration],
            NextCommand = programs.Next is { } next ? [.. next.Agent, "run", "-config", configuration] : null,
            MetricsPort = Ports.SpireAgentMetrics,
            Files = new Dictionary<string, string>
            {
                [configuration] = Configuration(place, layout),
                [place.File("bootstrap.pem")] = bootstrapBundle,
                [place.File("node.pem")] = identity.CertificatePem,
                [place.File("node.key")] = identity.KeyPem,
            },
            Readiness = new HttpProbe(place.Address, Ports.SpireAgentHealth, "/ready"),
            Liveness = SpireLiveness.For(place, Ports.SpireAgentHealth),
        };
    }

    /// <summary>Returns the path of the agent's Workload API socket.</summary>
    /// <param name="place">The node.</param>
    public static string WorkloadSocket(NodePlace place) => place.File("public/api.sock");

    /// <summary>Returns the agent's configuration.</summary>
    /// <param name="place">The node.</param>
    /// <param name="layout">The stack.</param>
    internal static string Configuration(NodePlace place, StackLayout layout) =>
        $$"""
        agent {
          trust_domain      = "{{SpireNames.TrustDomain}}"
          server_address    = "{{layout.HostOf(layout.Only(Roles.LoadBalancer))}}"
          server_port       = {{Ports.SpireApi}}
          socket_path       = "{{WorkloadSocket(place)}}"
          data_dir          = "{{place.File("data")}}"
          trust_bundle_path = "{{place.File("bootstrap.pem")}}"
          log_level         = "INFO"
        {{ExperimentalSection.OfAgent(layout.Spec)}}}

        plugins {
          NodeAttestor "x509pop" {
            plugin_data {
              private_key_path = "{{place.File("node.key")}}"
              certificate_path = "{{place.File("node.pem")}}"
            }
          }
          KeyManager "disk" {
            plugin_data {
              directory = "{{place.File("data")}}"
            }
          }
          WorkloadAttestor "unix" {
            plugin_data {}
          }
        }

        health_checks {
          listener_enabled = true
          bind_address     = "0.0.0.0"
          bind_port        = "{{Ports.SpireAgentHealth}}"
          live_path        = "/live"
          ready_path       = "/ready"
        }

        telemetry {
          Prometheus {
            host = "0.0.0.0"
            port = {{Ports.SpireAgentMetrics}}
          }
        }

        """;
}

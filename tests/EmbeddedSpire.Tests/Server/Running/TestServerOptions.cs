using System.Net;

namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>What is particular to a server of a test.</summary>
internal sealed record TestServerOptions
{
    /// <summary>Gets the value for <c>connection_string</c>.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Gets more lines for the block <c>server</c>.</summary>
    public string Server { get; init; } = string.Empty;

    /// <summary>Gets more lines for the database's <c>plugin_data</c>.</summary>
    public string Database { get; init; } = string.Empty;

    /// <summary>Gets the file with the private keys; null keeps them in memory.</summary>
    public string? KeysPath { get; init; }

    /// <summary>Gets the authorities of the attestation by certificate, as PEM; null leaves it off.</summary>
    public string? PopAuthorities { get; init; }

    /// <summary>Gets more plugins.</summary>
    public string Plugins { get; init; } = string.Empty;

    /// <summary>Gets the lines of the block <c>ratelimit</c>: no limit of attestations, which come in bursts here.</summary>
    public string RateLimit { get; init; } = "attestation = false";

    /// <summary>Gets the lines of the block <c>experimental</c>: entries are read often, so that tests do not wait for long.</summary>
    public string Experimental { get; init; } = "cache_reload_interval = \"100ms\"";

    /// <summary>Returns options for a server on a database.</summary>
    public static TestServerOptions On(TestDatabase database) => new() { ConnectionString = database.ConnectionString };

    /// <summary>Returns the text of the configuration file.</summary>
    public string Configuration(IPAddress address, string directory)
    {
        var authorities = Path.Combine(directory, "pop-authorities.pem");
        if (PopAuthorities is not null)
        {
            File.WriteAllText(authorities, PopAuthorities);
        }

        return $$"""
            server {
                trust_domain = "bench.test"
                bind_address = "{{address}}"
                socket_path = "{{directory}}/api.sock"
                data_dir = "{{directory}}/data"
                log_file = "{{directory}}/log"
                log_level = "DEBUG"
                ratelimit { {{RateLimit}} }
                experimental { {{Experimental}} }
                {{Server}}
            }
            plugins {
                DataStore "sql" {
                    plugin_data {
                        database_type = "postgres"
                        connection_string = "{{ConnectionString}}"
                        {{Database}}
                    }
                }
                KeyManager {{(KeysPath is null ? "\"memory\" { plugin_data {} }" : $"\"disk\" {{ plugin_data {{ keys_path = \"{KeysPath}\" }} }}")}}
                NodeAttestor "join_token" { plugin_data {} }
                {{Plugins}}
                {{(PopAuthorities is null ? string.Empty : $"NodeAttestor \"x509pop\" {{ plugin_data {{ ca_bundle_path = \"{authorities}\" }} }}")}}
            }
            health_checks {
                listener_enabled = true
                bind_address = "{{address}}"
                bind_port = "8080"
            }
            telemetry { Prometheus { host = "{{address}}" port = 9988 } }
            """;
    }
}

using EmbeddedSpire.Agent;
using EmbeddedSpire.Agent.Attestation;
using EmbeddedSpire.Configuration;
using EmbeddedSpire.Tests.Agent.Scripted;

namespace EmbeddedSpire.Tests.Agent;

public sealed class AgentSettingsReaderTests : IDisposable
{
    private const string Minimal = """
        agent {
          trust_domain      = "bench.test"
          server_address    = "spire-servers.bench"
          server_port       = 8081
          trust_bundle_path = "/etc/bootstrap.pem"
        }
        plugins {
          NodeAttestor "join_token" { plugin_data {} }
          KeyManager "memory" { plugin_data {} }
          WorkloadAttestor "unix" { plugin_data {} }
        }
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Read_MinimalFile_HasSpiresDefaults()
    {
        var settings = Read(Minimal);

        settings.Server.Authority.Should().Be("spire-servers.bench:8081");
        settings.Trust.TrustDomain.Name.Should().Be("bench.test");
        settings.DataDirectory.Should().Be(".");
        settings.KeyDirectory.Should().BeNull();
        settings.Pop.Should().BeNull();
        settings.SocketPath.Should().Be("/tmp/spire-agent/public/api.sock");
        settings.AdminSocketPath.Should().BeNull();
        settings.SyncInterval.Should().Be(TimeSpan.FromSeconds(5));
        settings.TokenLimitWithFallback.Should().Be(TimeSpan.FromSeconds(30));
        settings.AsksForChanges.Should().BeTrue();
        settings.WorkloadKeyType.Should().Be("ec-p256");
        settings.Health.IsListening.Should().BeFalse();
        settings.Metrics.Port.Should().BeNull();
        settings.Unix.DiscoversPath.Should().BeFalse();
    }

    [Fact]
    public void Read_EverythingThatIsSupported_IsTakenOver()
    {
        var settings = Read("""
            agent {
              trust_domain = "bench.test"
              server_address = "10.0.0.1"
              server_port = "8082"
              socket_path = "/run/spire/api.sock"
              admin_socket_path = "/run/spire-admin/admin.sock"
              data_dir = "/var/lib/agent"
              trust_bundle_path = "/etc/bundle.json"
              trust_bundle_format = "spiffe"
              workload_x509_svid_key_type = "rsa-2048"
              availability_target = "24h"
              x509_svid_cache_max_size = 10
              jwt_svid_cache_max_size = 20
              allow_unauthenticated_verifiers = true
              allowed_foreign_jwt_claims = ["iss"]
              log_level = "DEBUG"
              sds { default_svid_name = "x" }
              experimental {
                sync_interval = "10s"
                jwt_svid_cache_hit_timeout = "5s"
                use_sync_authorized_entries = false
              }
            }
            plugins {
              NodeAttestor "x509pop" { plugin_data { private_key_path = "/k" certificate_path = "/c" intermediates_path = "/i" } }
              KeyManager "disk" { plugin_data { directory = "/var/lib/keys" } }
              WorkloadAttestor "unix" { plugin_data { discover_workload_path = true workload_size_limit = -1 } }
            }
            health_checks { listener_enabled = true bind_address = "0.0.0.0" bind_port = "8082" }
            telemetry { Prometheus { host = "0.0.0.0" port = 9989 } }
            """);

        settings.Should().BeEquivalentTo(new
        {
            SocketPath = "/run/spire/api.sock",
            AdminSocketPath = "/run/spire-admin/admin.sock",
            DataDirectory = "/var/lib/agent",
            KeyDirectory = "/var/lib/keys",
            WorkloadKeyType = "rsa-2048",
            AvailabilityTarget = TimeSpan.FromHours(24),
            SyncInterval = TimeSpan.FromSeconds(10),
            TokenLimitWithFallback = TimeSpan.FromSeconds(5),
            AsksForChanges = false,
            X509CacheSize = 10,
            JwtCacheSize = 20,
            Pop = new { Certificate = "/c", PrivateKey = "/k", Intermediates = "/i" },
            Unix = new { DiscoversPath = true, SizeLimit = -1 },
            Workloads = new { AllowsStrangers = true },
            Metrics = new { Port = 9989 },
            Health = new { IsListening = true, Port = 8082 },
        });
        settings.Trust.IsDocument.Should().BeTrue();
        settings.Workloads.ForeignClaims.Should().Equal("iss");
    }

    [Fact]
    public void Read_CommandLine_ComesFirst()
    {
        var settings = Read(
            Minimal, "-joinToken", "abc", "-serverAddress", "other", "-serverPort", "1", "-socketPath", "/s", "-dataDir", "/d", "-trustDomain", "other.test", "-trustBundle", "/b");

        (settings.JoinToken, settings.Server.Authority, settings.SocketPath, settings.DataDirectory).Should().Be(("abc", "other:1", "/s", "/d"));
        (settings.Trust.TrustDomain.Name, settings.Trust.BundlePath).Should().Be(("other.test", "/b"));
    }

    [Fact]
    public void Read_JoinTokenFile_IsTrimmed()
    {
        var file = Path.Combine(_directory.Path, "token");
        File.WriteAllText(file, " abc\n");

        Read(Minimal, "-joinTokenFile", file).JoinToken.Should().Be("abc");
    }

    [Theory]
    [InlineData("server_port       = 8081", "", "server_port must be configured in agent.")]
    [InlineData("server_port       = 8081", "server_port = 80810", "is not a whole number from 1 to 65535")]
    [InlineData("trust_bundle_path = \"/etc/bootstrap.pem\"", "", "trust_bundle_path must be configured unless insecure_bootstrap is set.")]
    [InlineData("trust_bundle_path =", "insecure_bootstrap = true trust_bundle_path =", "only one of insecure_bootstrap or trust_bundle_path can be specified, not both.")]
    [InlineData("trust_bundle_path =", "trust_bundle_url = \"https://x\" trust_bundle_path =", "'trust_bundle_url' in agent is not supported by the embedded SPIRE.")]
    [InlineData("trust_bundle_path =", "rebootstrap_mode = \"auto\" trust_bundle_path =", "rebootstrap_mode 'auto' is not supported")]
    [InlineData("trust_bundle_path =", "disable_workload_api = true trust_bundle_path =", "an agent without a Workload API is not supported")]
    [InlineData("trust_bundle_path =", "availability_target = \"23h\" trust_bundle_path =", "availability_target must be at least 24h0m0s.")]
    [InlineData("trust_bundle_path =", "experimental { jwt_svid_cache_hit_timeout = \"4s\" } trust_bundle_path =", "must be at least 5s and less than 30s.")]
    [InlineData("trust_bundle_path =", "experimental { jwt_svid_cache_hit_timeout = \"30s\" } trust_bundle_path =", "must be at least 5s and less than 30s.")]
    [InlineData("trust_bundle_path =", "workload_x509_svid_key_type = \"ec-p521\" trust_bundle_path =", "allowed are ec-p256, ec-p384, rsa-2048.")]
    [InlineData("trust_bundle_path =", "sokcet_path = \"/x\" trust_bundle_path =", "'sokcet_path' in agent is not known. Did you mean 'socket_path'?")]
    [InlineData("\"bench.test\"", "\"BENCH\"", "trust_domain 'BENCH': trust domain characters are limited to lowercase letters")]
    [InlineData("KeyManager \"memory\" { plugin_data {} }", "", "there are 0 plugins of the type KeyManager; an agent has exactly one.")]
    [InlineData("KeyManager \"memory\" {", "KeyManager \"disk\" {", "directory must be configured")]
    [InlineData("\"join_token\" { plugin_data {} }", "\"x509pop\" { plugin_data {} }", "certificate_path must be configured")]
    [InlineData("\"join_token\" { plugin_data {} }", "\"k8s_psat\" { plugin_data {} }", "cluster must be configured in plugin_data.")]
    [InlineData("\"join_token\" { plugin_data {} }", "\"k8s_sat\" { plugin_data {} }", "the NodeAttestor 'k8s_sat' is not supported by the embedded SPIRE; supported are join_token, k8s_psat, x509pop.")]
    public void Read_SomethingIsWrong_SaysWhereAndWhat(string text, string instead, string expected)
    {
        var read = () => Read(Minimal.Replace(text, instead, StringComparison.Ordinal));

        read.Should().Throw<ConfigurationException>().WithMessage($"*agent.conf:*:*: *{expected}*");
    }

    [Theory]
    [InlineData("cluster = \"here\"", "/var/run/secrets/tokens/spire-agent")]
    [InlineData("cluster = \"here\" token_path = \"/token\"", "/token")]
    public void Read_APodsToken_IsWhereSpireHasItOrWhereItIsSaid(string data, string path) =>
        Read(Minimal.Replace("\"join_token\" { plugin_data {} }", $"\"k8s_psat\" {{ plugin_data {{ {data} }} }}", StringComparison.Ordinal))
            .Psat.Should().Be(new PsatSource("here", path));

    [Fact]
    public void Read_SeveralThingsAreWrong_SaysAllAtOnce()
    {
        var read = () => Read("agent { sync = 1 }\nplugins {}");

        read.Should().Throw<ConfigurationException>().Which.Message.Split('\n').Length.Should().BeGreaterThan(5);
    }

    private AgentSettings Read(string content, params string[] arguments)
    {
        var path = Path.Combine(_directory.Path, "agent.conf");
        File.WriteAllText(path, content);
        return AgentSettingsReader.Read(AgentSettingsReader.Flags().Parse([.. arguments, "-config", path]));
    }
}

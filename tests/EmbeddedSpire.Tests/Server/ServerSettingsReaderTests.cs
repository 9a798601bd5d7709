using EmbeddedSpire.Configuration;
using EmbeddedSpire.Server;
using EmbeddedSpire.Tests.Agent.Scripted;

namespace EmbeddedSpire.Tests.Server;

public sealed class ServerSettingsReaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("experimental { defects = [\"pool-loses-places\", \"commits-locally\"] }", "pool-loses-places", "commits-locally")]
    public void Read_Defects_AreThoseThatAreListed(string section, params string[] defects)
    {
        var settings = Read(section);

        settings.Defects.Select(defect => defect.Name).Should().BeEquivalentTo(defects);
        settings.Database.Limits.LosesPlaces.Should().Be(defects.Length > 0);
        settings.Database.CommitsLocally.Should().Be(defects.Length > 0);
    }

    [Fact]
    public void Read_ADefectThatNobodyKnows_IsRefused() =>
        FluentActions.Invoking(() => Read("experimental { defects = [\"bugs\"] }")).Should().Throw<ConfigurationException>()
            .WithMessage("*defect 'bugs' is not known; there are database-decides-liveness, *");

    [Fact]
    public void Read_ClustersOfPods_HaveSpiresDefaultsAndWhatIsSaid()
    {
        var settings = Read(attestor: """
            NodeAttestor "k8s_psat" { plugin_data { clusters = {
              "here" = { service_account_allow_list = ["spire:agent"] }
              there = {
                service_account_allow_list = ["spire:agent", "spire:other"]
                audience                   = []
                kube_config_file           = "/etc/there.conf"
                allowed_node_label_keys    = ["zone"]
                allowed_pod_label_keys     = ["app"]
                use_pod_uid_for_agent_id   = true
              }
            } } }
            """);

        settings.Psat.Should().BeEquivalentTo(new Dictionary<string, object>
        {
            ["here"] = new { ServiceAccounts = new[] { "spire:agent" }, Audience = new[] { "spire-server" }, KubeConfigFile = (string?)null, UsesPodUid = false },
            ["there"] = new
            {
                ServiceAccounts = new[] { "spire:agent", "spire:other" },
                Audience = Array.Empty<string>(),
                KubeConfigFile = "/etc/there.conf",
                NodeLabelKeys = new[] { "zone" },
                PodLabelKeys = new[] { "app" },
                UsesPodUid = true,
            },
        });
    }

    [Theory]
    [InlineData("k8s_psat", "clusters = { \"here\" = { } }", "cluster \"here\" configuration must have at least one service account allowed")]
    [InlineData("k8s_psat", "clusters = { \"here\" = { service_account_allowlist = [\"spire:agent\"] } }", "'service_account_allowlist' in here is not known. Did you mean 'service_account_allow_list'?")]
    [InlineData("k8s_psat", "clusters = { \"here\" = \"spire:agent\" }", "here is a section: write here { … }.")]
    [InlineData("k8s_sat", "", "the NodeAttestor 'k8s_sat' is not supported by the embedded SPIRE; supported are join_token, k8s_psat, x509pop. Did you mean 'k8s_psat'?")]
    public void Read_AMistakeInAnAttestor_IsRefusedWithItsPlace(string attestor, string data, string problem) =>
        FluentActions.Invoking(() => Read(attestor: $"NodeAttestor \"{attestor}\" {{ plugin_data {{ {data} }} }}"))
            .Should().Throw<ConfigurationException>().WithMessage($"*server.conf:8:*: *{problem}*");

    private ServerSettings Read(string section = "", string attestor = "NodeAttestor \"join_token\" { plugin_data {} }")
    {
        var path = Path.Combine(_directory.Path, "server.conf");
        File.WriteAllText(path, $$"""
            server {
              trust_domain = "bench.test"
              data_dir     = "/data"
              {{section}}
            }
            plugins {
              DataStore "sql" { plugin_data { database_type = "postgres" connection_string = "host=db" } }
              {{attestor}}
              KeyManager "memory" { plugin_data {} }
            }
            """);

        return ServerSettingsReader.Read(ServerSettingsReader.Flags().Parse(["-config", path]));
    }
}

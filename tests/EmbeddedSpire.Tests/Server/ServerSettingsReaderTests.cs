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
    public void Read_AnAttestorOfKubernetes_SaysThatOnlySpireHasIt()
    {
        var read = () => Read(attestor: "NodeAttestor \"k8s_psat\" { plugin_data { clusters = { \"validation\" = { service_account_allow_list = [\"spire:agent\"] } } } }");

        read.Should().Throw<ConfigurationException>()
            .WithMessage("*server.conf:8:*: the NodeAttestor 'k8s_psat' is not supported by the embedded SPIRE; supported are join_token, x509pop.");
    }

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

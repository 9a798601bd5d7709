using EmbeddedSpire.Configuration;
using EmbeddedSpire.Server;
using EmbeddedSpire.Tests.Agent.Scripted;

namespace EmbeddedSpire.Tests.Server;

public sealed class ServerSettingsReaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Read_AnAttestorOfKubernetes_SaysThatOnlySpireHasIt()
    {
        var path = Path.Combine(_directory.Path, "server.conf");
        File.WriteAllText(path, """
            server {
              trust_domain = "bench.test"
              data_dir     = "/data"
            }
            plugins {
              DataStore "sql" { plugin_data { database_type = "postgres" connection_string = "host=db" } }
              NodeAttestor "k8s_psat" { plugin_data { clusters = { "validation" = { service_account_allow_list = ["spire:agent"] } } } }
              KeyManager "memory" { plugin_data {} }
            }
            """);

        var read = () => ServerSettingsReader.Read(ServerSettingsReader.Flags().Parse(["-config", path]));

        read.Should().Throw<ConfigurationException>()
            .WithMessage("*server.conf:7:*: the NodeAttestor 'k8s_psat' is not supported by the embedded SPIRE; supported are join_token, x509pop.");
    }
}

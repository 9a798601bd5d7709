using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using EmbeddedSpire.Tests.Agent.Scripted;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Tests.Agent.Scenarios;

/// <summary>The program itself, with SPIRE's configuration file, in real time.</summary>
[SupportedOSPlatform("linux")]
public sealed class ProgramTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agent-").FullName;
    private ScriptedSpire Servers { get; } = new(new ManualClock(TimeProvider.System.GetUtcNow()));
    private readonly int _healthPort = FreePort();
    private readonly int _metricsPort = FreePort();

    private string Configuration => Path.Combine(_folder, "agent.conf");

    private string Socket => Path.Combine(_folder, "run", "api.sock");

    public async Task InitializeAsync()
    {
        var node = Node.Create(_folder, Servers.Clock);
        Servers.Pop = node.Believer(Servers.Clock);
        Servers.AddEntry("/wl/one", Workload.Me);
        var server = await Servers.StartServerAsync();
        File.WriteAllText(Path.Combine(_folder, "bootstrap.pem"), Servers.Bundle.ToPem());
        File.WriteAllText(Configuration, $$"""
            agent {
              trust_domain      = "bench.test"
              server_address    = "127.0.0.1"
              server_port       = {{server.Address.Port}}
              socket_path       = "{{Socket}}"
              data_dir          = "{{_folder}}/data"
              trust_bundle_path = "{{_folder}}/bootstrap.pem"
            }
            plugins {
              NodeAttestor "x509pop" {
                plugin_data {
                  private_key_path = "{{node.Files.PrivateKey}}"
                  certificate_path = "{{node.Files.Certificate}}"
                }
              }
              KeyManager "disk" { plugin_data { directory = "{{_folder}}/data" } }
              WorkloadAttestor "unix" { plugin_data {} }
            }
            health_checks { listener_enabled = true bind_port = "{{_healthPort}}" }
            telemetry { Prometheus { port = {{_metricsPort}} } }
            """);
    }

    public async Task DisposeAsync()
    {
        await Servers.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Program_AgentRuns_AnswersEveryQuestionAndStopsGracefully()
    {
        using var agent = RunningProgram.Start("agent", "run", "-config", Configuration);
        await agent.WaitForAsync("msg=\"Starting agent APIs\"");
        await agent.WaitForAsync("msg=\"Serving health checks\"");

        (await RunningProgram.RunAsync("agent", "healthcheck", "-socketPath", Socket)).Should().Be((0, "Agent is healthy.\n"));
        await FetchAsync();
        await LookAtHttpAsync();

        (await agent.TerminateAsync()).Should().Be(0, agent.Output);
        agent.Output.Should().Contain("level=info msg=\"Agent stopped gracefully\"");
        File.Exists(Socket).Should().BeFalse();
        (await RunningProgram.RunAsync("agent", "healthcheck", "-socketPath", Socket)).Should().Be((1, "Agent is unhealthy: unable to determine health\n"));
    }

    [Fact]
    public async Task Program_ServerAnswers_ServesWithinASecondOfProcessorTime()
    {
        using var agent = RunningProgram.Start("agent", "run", "-config", Configuration);

        await agent.WaitForAsync("msg=\"Starting agent APIs\"");

        agent.ProcessorTime.Should().BeLessThan(TimeSpan.FromSeconds(2), "of which half is reserve for machines slower than ours");
        agent.Memory.Should().BeLessThan(200 * 1024 * 1024);
    }

    [Theory]
    [InlineData(0, "Usage:", "agent", "--help")]
    [InlineData(0, "-joinToken value", "agent", "run", "-help")]
    [InlineData(0, "-write value", "agent", "api", "fetch", "x509", "-help")]
    [InlineData(1, "Usage:", "agent", "dance")]
    [InlineData(1, "could not find config file", "agent", "run", "-config", "/nowhere/agent.conf")]
    [InlineData(1, "flag provided but not defined: -confg. Did you mean 'config'?", "agent", "run", "-confg", "x")]
    public async Task Program_OtherArguments_SaysWhatItCan(int exitCode, string expected, params string[] arguments)
    {
        var (code, output) = await RunningProgram.RunAsync(arguments);

        output.Should().Contain(expected);
        code.Should().Be(exitCode);
    }

    [Fact]
    public async Task Program_DirectoryCannotBeCreated_CrashesWithTheReason()
    {
        File.WriteAllText(Path.Combine(_folder, "data"), "a file");

        var (code, output) = await RunningProgram.RunAsync("agent", "run", "-config", Configuration);

        code.Should().Be(1);
        output.Should().Contain("level=error msg=\"Agent crashed\" error=\"data_dir '");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task FetchAsync()
    {
        var target = Directory.CreateDirectory(Path.Combine(_folder, "fetched")).FullName;

        var (code, output) = await RunningProgram.RunAsync("agent", "api", "fetch", "x509", "-socketPath", Socket, "-timeout", "20s", "-write", target);

        code.Should().Be(0, output);
        output.Should().MatchRegex("^Received 1 svid after [0-9.]+(ms|s)\n\nSPIFFE ID:\t\tspiffe://bench\\.test/wl/one\nSVID Valid After:\t[0-9: -]+ \\+0000 UTC\n");
        output.Should().Contain("CA #1 Valid Until:\t").And.Contain($"Writing SVID #0 to file {target}/svid.0.pem.\n");
        File.ReadAllText(Path.Combine(target, "svid.0.pem")).Should().StartWith("-----BEGIN CERTIFICATE-----");
        File.ReadAllText(Path.Combine(target, "svid.0.key")).Should().StartWith("-----BEGIN PRIVATE KEY-----");
        File.GetUnixFileMode(Path.Combine(target, "svid.0.key")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.ReadAllText(Path.Combine(target, "bundle.0.pem")).Should().Be(Servers.Bundle.ToPem());
    }

    private async Task LookAtHttpAsync()
    {
        using var http = new HttpClient();
        foreach (var path in new[] { "live", "ready" })
        {
            using var answer = await http.GetAsync(new Uri($"http://localhost:{_healthPort}/{path}"));
            ((int)answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Trim()).Should().Be((200, "{\"agent\":{}}"));
        }

        var page = await http.GetStringAsync(new Uri($"http://localhost:{_metricsPort}/metrics"));
        var ours = NamesOn(page);
        var real = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Agent", "Recorded", "metric-names.txt")).ToHashSet();
        ours.Where(name => name.StartsWith("spire_agent_", StringComparison.Ordinal)).Except(real).Should().BeEmpty("a real agent has every name that ours has");
        ours.Should().Contain([
            "spire_agent_started", "spire_agent_uptime_in_ms", "spire_agent_node_attestor_new_svid", "spire_agent_manager_sync_fetch_entries_updates",
            "spire_agent_manager_sync_fetch_svids_updates", "spire_agent_sync_entries_total", "spire_agent_lru_cache_svid_map_size",
            "spire_agent_rpc_workload_api_fetch_x509svid", "spire_agent_workload_api_connections", "spire_agent_workload_api_workload_attestor",
            "spire_agent_rpc_health_check", "spire_agent_bootstrapped", "spire_agent_agent_key_manager_generate_key",
        ]);
        page.Should().Contain("spire_agent_rpc_workload_api_fetch_x509svid{").And.Contain("status=\"OK\"} 1\n");
    }

    private static HashSet<string> NamesOn(string page) =>
        [.. Regex.Matches(page, "^# TYPE ([a-z0-9_A-Z]+) ", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];
}

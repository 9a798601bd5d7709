using System.Globalization;
using System.Text.RegularExpressions;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local;
using Validation.Environments.Local.Nodes;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Local.Nodes;

public sealed class ConfigurationTests
{
    private static readonly StackLayout Default = TestStacks.Layout();
    private static readonly StackLayout ReadsFromReplicas = TestStacks.Layout(new StackSpec { ReadsFromReplicas = true });

    [Fact]
    public void Patroni_DefaultStack_IsAsReviewed() => Expectation.Matches(
        "patroni.yaml", PostgresNode.Configuration(Default.Place("postgres-1"), Default, "/usr/lib/postgresql/15/bin"));

    [Fact]
    public void PgBouncer_DefaultStack_IsAsReviewed() =>
        Expectation.Matches("pgbouncer.ini", PoolerNode.Configuration(Default.Place("pooler-1"), Default));

    [Fact]
    public void HaProxy_DefaultStack_IsAsReviewed() => Expectation.Matches("haproxy.cfg", LoadBalancerNode.Configuration(Default));

    [Fact]
    public void HaProxy_StackWithoutSpire_BalancesTheDatabaseAlone() =>
        LoadBalancerNode.Configuration(TestStacks.Layout(TestStacks.Database)).Should().Contain("listen database").And.NotContain("spire");

    [Fact]
    public void SpireServer_DefaultStack_IsAsReviewed() =>
        Expectation.Matches("server.conf", SpireServerNode.Configuration(Default.Place("spire-server-2"), Default));

    [Fact]
    public void SpireServer_OtherLifetimes_AreInSeconds()
    {
        var layout = TestStacks.Layout(new StackSpec
        {
            CaTtl = TimeSpan.FromMinutes(10),
            X509SvidTtl = TimeSpan.FromMinutes(1),
            AgentTtl = TimeSpan.FromSeconds(90),
        });

        SpireServerNode.Configuration(layout.Place("spire-server-1"), layout).Should()
            .Contain("ca_ttl                = \"600s\"")
            .And.Contain("default_x509_svid_ttl = \"60s\"")
            .And.Contain("agent_ttl             = \"90s\"");
    }

    [Fact]
    public void Spire_WithADefectAndAnotherInterval_HasThemInTheSectionThatIsMeantForIt()
    {
        var layout = TestStacks.Layout(new StackSpec { Defect = new DefectKind("never-reconnects", "Stuck."), SyncInterval = TimeSpan.FromSeconds(2) });

        SpireServerNode.Configuration(layout.Place("spire-server-1"), layout).Should()
            .Contain("  }\n  experimental {\n    defects = [\"never-reconnects\"]\n  }\n}\n").And.NotContain("sync_interval");
        SpireAgentNode.Configuration(layout.Place("spire-agent-1"), layout).Should()
            .Contain("\"INFO\"\n  experimental {\n    defects = [\"never-reconnects\"]\n    sync_interval = \"2s\"\n  }\n}\n");
    }

    [Fact]
    public void SpireServer_ThatKnowsTheDatabaseNodes_LooksForTheOneThatTakesWrites()
    {
        var layout = TestStacks.Layout(new StackSpec { KnowsDatabaseHosts = true });

        SpireServerNode.Configuration(layout.Place("spire-server-1"), layout).Should()
            .Contain($"\"host={layout.Place("postgres-1").Address},{layout.Place("postgres-2").Address} port=5432 target_session_attrs=read-write dbname=");
    }

    [Fact]
    public void SpireServer_ThatReadsFromReplicas_ReadsFromThePoolAndWritesWhereItDid()
    {
        var configuration = SpireServerNode.Configuration(ReadsFromReplicas.Place("spire-server-1"), ReadsFromReplicas);

        configuration.Should().Contain($"\n      connection_string = \"host={Default.Place("pooler-1").Address} port=6432 dbname=spire user=spire")
            .And.Contain($"\n      ro_connection_string = \"host={Default.Place("load-balancer-1").Address} port=5433 dbname=spire user=spire")
            .And.Contain("\n      max_open_conns    = 25\n");
    }

    [Fact]
    public void HaProxy_InFrontOfReplicas_IsAsReviewed() =>
        Expectation.Matches("haproxy-with-replicas.cfg", LoadBalancerNode.Configuration(ReadsFromReplicas));

    [Fact]
    public void HaProxy_InFrontOfReplicas_LetsOneThatLagsGoWithinTheBoundOfScenarios()
    {
        var round = Regex.Match(PostgresNode.Configuration(Default.Place("postgres-1"), Default, "bin"), @"loop_wait: (\d+)");
        var check = Regex.Match(LoadBalancerNode.Configuration(ReadsFromReplicas), @"/replica[^/]+inter (\d+)ms fall (\d+)", RegexOptions.Singleline);

        (2 * TimeSpan.FromSeconds(Number(round, 1)) + Number(check, 2) * TimeSpan.FromMilliseconds(Number(check, 1))).Should().Be(Bound.LagLimit);

        static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void HaProxy_WithTheDefectOfThePool_AsksReplicasOnlyWhetherTheyRunAndSpireKnowsNothingOfIt()
    {
        var layout = TestStacks.Layout(new StackSpec { ReadsFromReplicas = true, Defect = LocalEnvironment.Defects.Single() });

        LoadBalancerNode.Configuration(layout).Should().Contain("OPTIONS /replica\n");
        SpireServerNode.Configuration(layout.Place("spire-server-1"), layout).Should().NotContain("defects");
    }

    [Fact]
    public void SpireAgent_DefaultStack_IsAsReviewed() =>
        Expectation.Matches("agent.conf", SpireAgentNode.Configuration(Default.Place("spire-agent-1"), Default));

    [Fact]
    public void Dnsmasq_StackWithNames_IsAsReviewed() => Expectation.Matches("dnsmasq.conf", DnsNode.Configuration(Named()));

    [Fact]
    public void Spire_InAStackWithNames_IsToldNames()
    {
        var layout = Named();

        SpireAgentNode.Configuration(layout.Place("spire-agent-1"), layout).Should()
            .Contain("server_address    = \"load-balancer-1.validation.internal\"");
        SpireServerNode.Configuration(layout.Place("spire-server-1"), layout).Should()
            .Contain("\"host=pooler-1.validation.internal port=6432 ");
    }

    [Fact]
    public void SpireServer_ThatKnowsTheDatabaseNodesByName_LooksForTheOneThatTakesWrites()
    {
        var layout = Named(new StackSpec { KnowsDatabaseHosts = true });

        SpireServerNode.Configuration(layout.Place("spire-server-1"), layout).Should()
            .Contain("\"host=postgres-1.validation.internal,postgres-2.validation.internal port=5432 target_session_attrs=read-write ");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(9)]
    public void ConnectionsPerServer_AllServersTogether_FitBelowWhatPostgresTakes(int servers)
    {
        var all = servers * PoolerNode.ConnectionsPerServer(servers);

        all.Should().BeLessThanOrEqualTo(PostgresNode.MaxConnections - 25).And.BeGreaterThan(PostgresNode.MaxConnections / 2);
    }

    [Fact]
    public void Secrets_AllNodes_AreInNoCommandLine()
    {
        var programs = new SpirePrograms(["spire-server"], ["spire-agent"], "SPIRE 1.15.3");
        var identity = new NodeIdentity("certificate", "key", "00");
        var commands = Default.Nodes.Where(node => node.Role != Roles.Workload).SelectMany(node => (node.Role switch
        {
            Roles.SpireServer => SpireServerNode.Describe(node, Default, programs, "authority"),
            Roles.SpireAgent => SpireAgentNode.Describe(node, Default, programs, identity, "bundle"),
            _ => null,
        })?.Command ?? []);

        commands.Should().NotContain(word => word.Contains("secret"));
    }

    private static StackLayout Named(StackSpec? spec = null)
    {
        var stack = spec ?? StackSpec.Default;
        return TestStacks.Layout(stack with { Counts = new Dictionary<string, int>(stack.Counts) { [Roles.Dns] = 1 } });
    }
}

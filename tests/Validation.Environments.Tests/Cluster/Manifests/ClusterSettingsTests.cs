using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local.Nodes;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Cluster.Manifests;

/// <summary>The stack in a cluster is that of <c>local</c>: what differs is named here, one by one.</summary>
public sealed class ClusterSettingsTests
{
    private static readonly StackLayout Local = TestStacks.Layout();

    [Fact]
    public void SpireServer_Configuration_DiffersFromLocalInPathsAndInWhatComesFromTheEnvironment() =>
        DifferingSettings(SpireServerNode.Configuration(Local.Place("spire-server-1"), Local), Read("server.conf")).Should().BeEquivalentTo(
            "socket_path", "data_dir", "ca_ttl", "default_x509_svid_ttl", "agent_ttl", "connection_string", "max_open_conns",
            "max_idle_conns", "ca_bundle_path", "keys_path");

    [Fact]
    public void SpireAgent_Configuration_DiffersFromLocalInPathsAndInTheNameOfTheLoadBalancer() =>
        DifferingSettings(SpireAgentNode.Configuration(Local.Place("spire-agent-1"), Local), Read("agent.conf")).Should().BeEquivalentTo(
            "server_address", "socket_path", "data_dir", "trust_bundle_path", "private_key_path", "certificate_path", "directory");

    [Fact]
    public void PgBouncer_Configuration_DiffersFromLocalInAddressPoolAndNameCache()
    {
        var local = Settings(PoolerNode.Configuration(Local.Place("pooler-1"), Local));
        var cluster = Settings(Read("pgbouncer.ini"));

        cluster.Keys.Except(local.Keys).Should().BeEquivalentTo("dns_max_ttl", "dns_nxdomain_ttl");
        local.Where(setting => cluster.GetValueOrDefault(setting.Key) != setting.Value).Select(setting => setting.Key)
            .Should().BeEquivalentTo("spire", "auth_file", "default_pool_size");
    }

    [Fact]
    public void HaProxy_Configuration_HasEveryLineOfLocalButTheServersAddressesAndWhatIsForOrders()
    {
        string[] otherwise = ["server ", "stats socket ", "stick"];

        Lines(LoadBalancerNode.Configuration(Local)).Where(line => !otherwise.Any(line.StartsWith))
            .Should().BeSubsetOf(Lines(Read("haproxy.cfg")));
    }

    [Fact]
    public void Patroni_Configuration_HasEverySettingOfLocalThatIsNotAnAddressAPathOrASecret()
    {
        string[] otherwise =
        [
            "namespace:", "name:", "listen:", "connect_address:", "etcd3:", "hosts:", "bin_dir:", "data_dir:", "pgpass:", "authentication:",
            "superuser:", "replication:", "rewind:", "username:", "password:", "unix_socket_directories:", "- host",
        ];

        Lines(PostgresNode.Configuration(Local.Place("postgres-1"), Local, "/bin")).Where(line => !otherwise.Any(line.StartsWith))
            .Should().BeSubsetOf(Lines(Read("patroni.yaml")));
    }

    [SkippableFact]
    public async Task StackSettings_AsRendered_AreThoseOfAStackOfTheirSizeWithDefaultLifetimes()
    {
        var objects = await Manifests.ObjectsAsync(Manifests.Embedded);

        var settings = objects.Find("ConfigMap", "stack").Fields("data");

        var connections = PoolerNode.ConnectionsPerServer(3);
        settings.Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["POSTGRES"] = objects.Find("StatefulSet", Roles.Postgres).Text("spec", "replicas")!,
            ["SPIRE_SERVERS"] = objects.Find("StatefulSet", Roles.SpireServer).Text("spec", "replicas")!,
            ["CONNECTIONS_PER_SERVER"] = $"{connections}",
            ["POOL_SIZE"] = $"{connections * 3}",
            ["CA_TTL"] = $"{StackSpec.Default.CaTtl.TotalSeconds}s",
            ["X509_SVID_TTL"] = $"{StackSpec.Default.X509SvidTtl.TotalSeconds}s",
            ["AGENT_TTL"] = $"{StackSpec.Default.AgentTtl.TotalSeconds}s",
        });
        settings["SPIRE_SERVERS"].Should().Be("3");
    }

    [SkippableFact]
    public async Task Ports_OfContainersAndServices_AreTheHarnessConstants()
    {
        var objects = await Manifests.ObjectsAsync(Manifests.Official);
        var expected = new Dictionary<string, int[]>
        {
            [Roles.Postgres] = [Ports.Postgres, Ports.Patroni],
            [Roles.Pooler] = [Ports.Pooler],
            [Roles.LoadBalancer] = [Ports.SpireApi, Ports.Postgres, Ports.LoadBalancerHealth],
            [Roles.SpireServer] = [Ports.SpireApi, Ports.SpireServerHealth, Ports.SpireServerMetrics],
            [Roles.SpireAgent] = [Ports.SpireAgentHealth, Ports.SpireAgentMetrics],
        };

        foreach (var (role, ports) in expected)
        {
            objects.Workloads().Single(one => one.Name() == role).Container(role)
                .Items("ports").Select(port => port.At("containerPort").GetInt32()).Should().BeEquivalentTo(ports, "of {0}", role);
            foreach (var service in objects.Where(one => one.Kind() == "Service" && one.Text("spec", "selector", "validation/role") == role))
            {
                service.Items("spec", "ports").Select(port => port.At("port").GetInt32()).Should().BeSubsetOf(ports, "of {0}", service.Name());
            }
        }
    }

    [SkippableFact]
    public async Task StatefulSets_All_CountNodesFromOneAndHaveTheHeadlessServiceTheyName()
    {
        var objects = await Manifests.ObjectsAsync(Manifests.Embedded);

        foreach (var set in objects.Where(one => one.Kind() == "StatefulSet"))
        {
            set.Text("spec", "ordinals", "start").Should().Be("1");
            objects.Find("Service", set.Text("spec", "serviceName")!).Text("spec", "clusterIP").Should().Be("None");
        }
    }

    [SkippableFact]
    public async Task ServicesOfTheDatabase_ByRole_SelectTheWordsThatPatroniWrites()
    {
        var objects = await Manifests.ObjectsAsync(Manifests.Embedded);
        var patroni = Settings(Read("patroni.yaml"), ": ");

        foreach (var (service, word) in new[] { ("postgres-primary", "leader_label_value"), ("postgres-replicas", "follower_label_value") })
        {
            objects.Find("Service", service).Text("spec", "selector", patroni["role_label"]).Should().Be(patroni[word]);
        }
    }

    [SkippableTheory]
    [InlineData(Roles.SpireServer)]
    [InlineData(Roles.Postgres)]
    public async Task NodesOfARole_InASmallCluster_MayShareAKubernetesNodeAndElsewhereMayNot(string role)
    {
        var usual = (await Manifests.ObjectsAsync(Manifests.Embedded)).Find("StatefulSet", role).Pod();
        var small = (await Manifests.ObjectsAsync(Manifests.Small)).Find("StatefulSet", role).Pod();

        usual.Items("affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution").Should().HaveCount(1);
        small.Text("affinity").Should().BeNull();
    }

    [SkippableTheory]
    [InlineData("server.conf", "spire-server")]
    [InlineData("agent.conf", "spire-agent")]
    public async Task Spire_WithPsat_HasTheBaseConfigurationButTheAttestor(string file, string configuration)
    {
        var withPsat = (await Manifests.ObjectsAsync(Manifests.OfficialWithPsat)).Find("ConfigMap", configuration).Text("data", file)!;
        var usual = Read(file);

        Without(withPsat, "k8s_psat").Should().Be(file == "agent.conf" ? Without(usual, "x509pop") : usual);
    }

    [SkippableFact]
    public async Task EmbeddedSpire_WithPsat_ComesFromTheHarnessImageAndDiffersInNothingElse()
    {
        var official = (await Manifests.ObjectsAsync(Manifests.OfficialWithPsat)).Select(one => one.ToString()).ToList();
        var images = (await Manifests.ObjectsAsync(Manifests.Official)).Find("ConfigMap", "images").Fields("data");
        foreach (var role in new[] { Roles.SpireServer, Roles.SpireAgent })
        {
            var index = official.FindIndex(one => one.Contains("\"template\"", StringComparison.Ordinal) && one.Contains($"\"image\": \"{images[role]}\"", StringComparison.Ordinal));
            official[index] = official[index].Replace($"\"image\": \"{images[role]}\"", $"\"image\": \"{images["harness"]}\"", StringComparison.Ordinal);
        }

        (await Manifests.ObjectsAsync(Manifests.EmbeddedWithPsat)).Select(one => one.ToString()).Should().Equal(official);
    }

    [SkippableTheory]
    [InlineData("embedded")]
    [InlineData("official")]
    public async Task K3s_WithPsat_IsThatOfKubernetesWithTheRightsOfTheAdministrator(string spire)
    {
        var stack = await Manifests.ObjectsAsync($"kubernetes/overlays/{spire}-k8s-psat");
        var rights = await Manifests.ObjectsAsync("kubernetes/admin/k8s-psat");

        (await Manifests.ObjectsAsync($"k3s/{spire}-k8s-psat")).Select(one => one.ToString())
            .Should().BeEquivalentTo(stack.Concat(rights).Select(one => one.ToString()));
    }

    [SkippableFact]
    public async Task RightsForPsat_AreThoseOfSpiresDocumentation()
    {
        var rules = (await Manifests.ObjectsAsync("kubernetes/admin/k8s-psat")).SelectMany(one => one.Items("rules"));

        rules.Select(rule => $"{string.Join(',', rule.Items("verbs"))} {string.Join(',', rule.Items("resources"))}")
            .Should().BeEquivalentTo("create tokenreviews", "get nodes", "get pods");
    }

    [SkippableFact]
    public async Task NetworkPolicies_All_LeaveAPodThatIsCutOffAndAllowProbes()
    {
        var policies = (await Manifests.ObjectsAsync(Manifests.Embedded)).Where(one => one.Kind() == "NetworkPolicy").ToList();

        foreach (var policy in policies)
        {
            policy.Items("spec", "podSelector", "matchExpressions")
                .Should().ContainSingle(one => one.Text("key") == "validation/cut" && one.Text("operator") == "DoesNotExist");
        }

        policies.Find("NetworkPolicy", "default").Items("spec", "ingress").Single().Items("ports").Single().Text("protocol").Should().Be("UDP");
    }

    [SkippableFact]
    public async Task NetworkPolicies_OfEachProgram_AllowThePortsThatOthersCall()
    {
        var policies = (await Manifests.ObjectsAsync(Manifests.Embedded)).Where(one => one.Kind() == "NetworkPolicy").ToList();

        Allowed(Roles.Pooler, Roles.LoadBalancer, Ports.Postgres);
        Allowed(Roles.LoadBalancer, Roles.Postgres, Ports.Postgres);
        Allowed(Roles.LoadBalancer, Roles.Postgres, Ports.Patroni);
        Allowed(Roles.Postgres, Roles.Postgres, Ports.Postgres);
        Allowed(Roles.Postgres, Roles.Postgres, Ports.Patroni);
        Allowed(Roles.SpireServer, Roles.Pooler, Ports.Pooler);
        Allowed(Roles.LoadBalancer, Roles.SpireServer, Ports.SpireApi);
        Allowed(Roles.LoadBalancer, Roles.SpireServer, Ports.SpireServerHealth);
        Allowed(Roles.SpireAgent, Roles.LoadBalancer, Ports.SpireApi);
        Allowed(Roles.Workload, Roles.LoadBalancer, Ports.SpireApi);
        Allowed(Roles.Workload, Roles.Postgres, Ports.Patroni);

        void Allowed(string from, string to, int port) => policies
            .Where(policy => policy.Text("spec", "podSelector", "matchLabels", "validation/role") == to)
            .SelectMany(policy => policy.Items("spec", "ingress"))
            .Should().Contain(
                rule => rule.Items("from").Any(peer => peer.Text("podSelector", "matchLabels", "validation/role") == from)
                    && rule.Items("ports").Any(one => one.Text("port") == $"{port}"),
                "{0} calls {1}:{2}", from, to, port);
    }

    /// <summary>Returns a configuration file without one of its attestors.</summary>
    private static string Without(string text, string attestor)
    {
        var lines = text.Split('\n').ToList();
        var begin = lines.IndexOf($"  NodeAttestor \"{attestor}\" {{");
        begin.Should().BePositive();
        lines.RemoveRange(begin, lines.IndexOf("  }", begin) - begin + 1);
        return string.Join('\n', lines);
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Manifests.Folder("kubernetes/base/configuration"), file));

    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#') && !line.StartsWith(';'));

    private static Dictionary<string, string> Settings(string text, string separator = "=") => Lines(text)
        .Select(line => line.Split(separator, 2, StringSplitOptions.TrimEntries))
        .Where(parts => parts.Length == 2)
        .GroupBy(parts => parts[0])
        .ToDictionary(group => group.Key, group => group.First()[1]);

    /// <summary>Returns the names of the settings in which two files of the same form differ.</summary>
    private static IEnumerable<string> DifferingSettings(string one, string other)
    {
        var (left, right) = (Lines(one).ToList(), Lines(other).ToList());
        right.Should().HaveSameCount(left);
        return left.Zip(right).Where(pair => pair.First != pair.Second).Select(pair =>
        {
            var name = pair.First.Split('=')[0].Trim();
            pair.Second.Should().StartWith(name);
            return name;
        });
    }
}

using System.Text.RegularExpressions;
using Validation.Core;
using Validation.TestKit;

namespace Validation.Cli.Tests;

/// <summary>What the command line does with clusters while there is none: plans, and refusals before anything is asked.</summary>
public sealed class ClusterCommandTests : CommandLineTest
{
    private const string Good = """
        environment: kubernetes
        kubeconfig: KUBECONFIG
        context: staging
        allowed-contexts: [tests]
        """;

    public static TheoryData<string> Scenarios => [.. ForClusters.Where(scenario => scenario != ForK3sAlone)];

    public static IEnumerable<object[]> Refused =>
        from scenario in ForLocalAlone from environment in new[] { "kubernetes", "k3s" } select new object[] { scenario, environment };

    [SkippableTheory]
    [MemberData(nameof(Scenarios))]
    public async Task Plan_OfEveryScenarioWithoutACluster_PrintsTheCommands(string scenario)
    {
        SkipWithoutKubectl();

        (await RunAsync("plan", scenario, "--environment", "kubernetes")).Should().Be(ExitCode.Pass, Errors);

        Output.Should().Contain("no cluster was asked")
            .And.Contain("kubectl --kubeconfig=/dev/null kustomize ")
            .And.Contain("kubectl --kubeconfig=KUBECONFIG --context=CONTEXT --namespace=spire-validation scale statefulset/spire-server --replicas=3")
            .And.Contain("delete statefulsets,daemonsets,deployments,jobs");
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Plan_OfAScenarioThatOnlyTheLocalEnvironmentCanRun_NamesEachLineAndTheReason(string scenario, string environment)
    {
        (await RunAsync("plan", scenario, "--environment", environment)).Should().Be(ExitCode.InvalidInput);

        var lines = Errors.TrimEnd().Split('\n');
        lines[^1].Should().Be($"→ '{environment}' cannot run {scenario}; nothing was started.");
        lines[..^1].Should().NotBeEmpty().And.OnlyHaveUniqueItems()
            .And.OnlyContain(line => Regex.IsMatch(line, $@"^{Regex.Escape(scenario)}:\d+:\d+: .*('local'|has no (dcs|dns))"));
    }

    [SkippableFact]
    public async Task Plan_AMachineOfTheClusterThatStandsStill_IsMadeForK3s()
    {
        SkipWithoutKubectl();

        await RunAsync("plan", ForK3sAlone, "--environment", "k3s");

        Output.Should().Contain("k3s/official-k8s-psat").And.Contain("docker pause validation-RUN-k3s-server-1")
            .And.Contain("compare, before the first fault and after the last");
        Console.Should().NotContain("cannot pass");
    }

    [Theory]
    [InlineData("local")]
    [InlineData("kubernetes")]
    public async Task Plan_AMachineOfTheClusterThatStandsStill_IsRefusedWhereThereIsNone(string environment)
    {
        (await RunAsync("plan", ForK3sAlone, "--environment", environment)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain($"fault 'pause' is not possible: a stack in '{environment}' has no k3s-server-1.").And.Contain($"'{environment}' cannot run {ForK3sAlone}");
    }

    [Fact]
    public async Task Plan_AgentsThatAttestByTheirPods_IsRefusedWhereThereAreNoPods()
    {
        var scenario = Write("psat.yaml", Repository.Read("scenarios/server-kill.yaml") + "stack: { spire: { node-attestor: k8s_psat } }\n");

        (await RunAsync("plan", scenario)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("agents that attest by 'k8s_psat' need the API server of a cluster; only 'k3s' and 'kubernetes' have one.");
    }

    [Theory]
    [InlineData("kubernetes")]
    [InlineData("k3s")]
    public async Task Plan_AgentsWithAddressesOfTheirOwn_IsRefusedWhereAPodHasOne(string environment)
    {
        var scenario = Write("agents.yaml", Repository.Read("scenarios/agents.yaml").Replace("start-over: 10s", "start-over: 10s, addresses: one-each", StringComparison.Ordinal));

        (await RunAsync("plan", scenario, "--environment", environment)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().MatchRegex($@"{Regex.Escape(scenario)}:\d+:3: load 'agents' is not possible: a stack in '{environment}' cannot give each agent an address of its own \('addresses: one-each'\)");
    }

    [Fact]
    public async Task Run_WithoutAnEnvironmentFile_SaysThatNothingNamesTheCluster()
    {
        (await RunAsync("run", "--environment", "kubernetes")).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("--environment-file is missing").And.Contain("local-example.yaml");
    }

    [Theory]
    [InlineData("run")]
    [InlineData("recover")]
    [InlineData("up")]
    public async Task Command_InAContextThatIsNotAllowed_IsRefusedBeforeTheClusterIsAsked(string command)
    {
        // There is no such kubeconfig, so whoever asked the cluster first would fail in another way.
        var file = Write("environment.yaml", Good);

        (await RunAsync(command, "--environment", "kubernetes", "--environment-file", file)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("context 'staging' is not one of those that are allowed");
    }

    [Fact]
    public async Task Run_ThatIsRefused_SaysWhereTheLogsAreOnALineOfItsOwn()
    {
        var file = Write("environment.yaml", Good);

        await RunAsync("run", "--environment", "kubernetes", "--environment-file", file);

        // A hint may end with a command to copy; nothing may follow it.
        Errors.TrimEnd().Split('\n')[^2..].Should().SatisfyRespectively(
            hint => hint.Should().StartWith("→ ").And.NotContain("The logs are in"),
            logs => logs.Should().MatchRegex(@"^  The logs are in \S+/logs\.$"));
    }

    [Fact]
    public async Task Run_AMistakeInTheEnvironmentFile_SaysWhere()
    {
        var file = Write("environment.yaml", Good.Replace("context: staging", "contxt: staging", StringComparison.Ordinal));

        (await RunAsync("run", "--environment", "kubernetes", "--environment-file", file)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain($"{file}:3:1: ").And.Contain("Did you mean 'context'?");
    }

    [SkippableTheory]
    [InlineData("overlays/official\n")]
    [InlineData("overlays/embedded\n", "--embedded-spire")]
    public async Task Plan_WithoutACluster_HasSpiresOwnImagesUnlessTheEmbeddedSpireWasChosen(string overlay, params string[] options)
    {
        SkipWithoutKubectl();

        (await RunAsync(["plan", "scenarios/server-kill.yaml", "--environment", "kubernetes", .. options])).Should().Be(ExitCode.Pass, Errors);

        Output.Should().Contain(overlay).And.Contain("no cluster was asked");
    }

    [SkippableTheory]
    [InlineData("overlays/official\n", "")]
    [InlineData("overlays/official\n", "\nspire: official")]
    [InlineData("overlays/embedded\n", "\nspire: embedded")]
    [InlineData("overlays/embedded\n", "\nspire: official", "--embedded-spire")]
    public async Task Plan_OfAnEnvironmentFile_HasTheSpireThatItNamesOrTheCommandLineChooses(string overlay, string line, params string[] options)
    {
        SkipWithoutKubectl();
        var file = Write("environment.yaml", Good + line);

        await RunAsync(["plan", "scenarios/server-kill.yaml", "--environment", "kubernetes", "--environment-file", file, .. options]);

        Output.Should().Contain(overlay);
    }

    [Fact]
    public async Task Run_TheEmbeddedSpireOnAStackThatIsThereAlready_IsRefused()
    {
        var file = Write("environment.yaml", Repository.Read("environments/kubernetes/existing-example.yaml"));

        (await RunAsync("run", "--environment", "kubernetes", "--environment-file", file, "--embedded-spire")).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("--embedded-spire means nothing beside 'existing'");
    }

    [Theory]
    [InlineData("spire: official")]
    [InlineData("")]
    public async Task Run_WithADefectOnSpiresOwnImages_SaysWhatToWrite(string line)
    {
        var file = Write("environment.yaml", $"{Good}\n{line}\n");

        (await RunAsync("run", "scenarios/incidents/join-token-race.yaml", "--with-defect", "--environment", "kubernetes", "--environment-file", file)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("→ Give --embedded-spire, or write 'spire: embedded' in the environment file.");
    }

    [Fact]
    public async Task Run_AFaultOnTheConfigurationStore_IsRefusedBecauseThereIsNone()
    {
        var scenario = Write("dcs.yaml", """
            scenario: dcs
            question: Does it hold?
            load: { fetch: { driver: x509-svid-fetch, arrivals: 20/s } }
            phases:
              - { name: broken, for: 20s, faults: [{ fault: kill, target: dcs-1, at: 2s }] }
            objectives:
              - { load: fetch, availability: 99% }
            """);

        (await RunAsync("plan", scenario, "--environment", "kubernetes")).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("fault 'kill' is not possible: a stack in 'kubernetes' has no dcs-1.");
    }

    [SkippableFact]
    public async Task Plan_KubernetesOwnFaults_PrintsTheCommandsOfEach()
    {
        SkipWithoutKubectl();
        var scenario = Write("pods.yaml", ScenarioWith(
            "{ fault: pod-delete, target: spire-server-2, at: 1s, grace: 0s }",
            "{ fault: rollout-restart, target: spire-agent, at: 2s }",
            "{ fault: scale, target: spire-server, replicas: 1, for: 5s, at: 3s }",
            "{ fault: drain, target: spire-server-1, for: 5s, at: 4s }"));

        (await RunAsync("plan", scenario, "--environment", "kubernetes")).Should().Be(ExitCode.Pass, Errors);

        const string Kubectl = "kubectl --kubeconfig=KUBECONFIG --context=CONTEXT --namespace=spire-validation";
        Output.Should().Contain($"{Kubectl} delete pod spire-server-2 --wait=false --grace-period=0 --force")
            .And.Contain($"{Kubectl} rollout restart daemonset/spire-agent")
            .And.Contain($"{Kubectl} scale statefulset/spire-server --replicas=1")
            .And.Contain($"{Kubectl} scale statefulset/spire-server --replicas=3   # after 5s")
            .And.Contain($"{Kubectl} patch node KUBERNETES-NODE --type=merge")
            .And.Contain("\"validation/cordoned-for\":\"spire-validation\"")
            .And.Contain($"{Kubectl} create --raw /api/v1/namespaces/spire-validation/pods/POD/eviction -f -")
            .And.Contain($"{Kubectl} get nodes --selector=validation/cordoned-for=spire-validation -o name");
    }

    [Theory]
    [InlineData("{ fault: pod-delete, target: spire-server-2, at: 1s }", "spire-server-2 in 'local' cannot have its pod replaced")]
    [InlineData("{ fault: rollout-restart, target: spire-server, at: 1s }", "a stack in 'local' cannot restart a role by a rollout")]
    [InlineData("{ fault: scale, target: spire-server, for: 5s, at: 1s }", "a stack in 'local' cannot scale a role")]
    [InlineData("{ fault: cordon, target: spire-server-1, for: 5s, at: 1s }", "a stack in 'local' cannot cordon Kubernetes nodes")]
    [InlineData("{ fault: drain, target: spire-server-1, for: 5s, at: 1s }", "a stack in 'local' cannot evict pods")]
    public async Task Plan_KubernetesOwnFaultsInLocal_AreRefused(string fault, string reason)
    {
        (await RunAsync("plan", Write("pods.yaml", ScenarioWith(fault)))).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain(reason);
    }

    [Theory]
    [InlineData("{ fault: scale, target: spire-server, replicas: 3, for: 5s, at: 1s }", "the stack has 3 of spire-server")]
    [InlineData("{ fault: scale, target: spire-server, replicas: 0, for: 5s, at: 1s }", "Write 'blast-radius: 3'")]
    [InlineData("{ fault: scale, target: spire-agent, for: 5s, at: 1s }", "spire-agent-1 in 'kubernetes' cannot be scaled")]
    [InlineData("{ fault: pod-delete, target: workload-1, at: 1s }", "workload-1 in 'kubernetes' cannot have its pod replaced")]
    [InlineData("{ fault: rollout-restart, target: spire-server/any, at: 1s }", "a whole role, such as spire-server")]
    public async Task Plan_AnOrderThatMakesNoSenseInACluster_IsRefused(string fault, string reason)
    {
        (await RunAsync("plan", Write("pods.yaml", ScenarioWith(fault)), "--environment", "kubernetes")).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain(reason);
    }

    [Fact]
    public async Task Recover_Local_HasNothingToDo()
    {
        (await RunAsync("recover")).Should().Be(ExitCode.Pass);

        Console.Should().Contain("Nothing to do");
    }

    private static void SkipWithoutKubectl() => Skip.If(
        !(Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, "kubectl"))), "not installed: kubectl");
}

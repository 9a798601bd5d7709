using Validation.Core;
using Validation.TestKit;

namespace Validation.Cli.Tests;

/// <summary>What the command line does with the throw-away cluster, with or without a Docker engine on the machine.</summary>
public sealed class K3sCommandTests : CommandLineTest
{
    public static TheoryData<string> Scenarios => [.. ForClusters];

    [SkippableTheory]
    [MemberData(nameof(Scenarios))]
    public async Task Plan_OfEveryScenario_PrintsTheCommandsAndEndsAsTheRunWould(string scenario)
    {
        SkipWithoutKubectl();

        var ended = await RunAsync("plan", scenario, "--environment", "k3s");

        // Without an engine or its images the run would be refused; the commands are printed all the same.
        ended.Should().Be(Errors.Length == 0 ? ExitCode.Pass : ExitCode.EnvironmentFailed, Errors);
        Output.Should().Contain("docker network create --label=app.kubernetes.io/part-of=validation")
            .And.Contain("docker create --name=validation-RUN-k3s-server-1")
            .And.Contain("docker exec validation-RUN-k3s-agent-2 cat /proc/sys/net/bridge/bridge-nf-call-iptables   # 1, or the run is refused")
            .And.Contain("docker exec --interactive validation-RUN-k3s-agent-2 ctr --namespace=k8s.io images import -")
            .And.Contain("kubectl --kubeconfig=KUBECONFIG --context=default --namespace=spire-validation scale statefulset/spire-server --replicas=3")
            .And.Contain("docker rm --force --volumes validation-RUN-k3s-server-1");
    }

    [SkippableTheory]
    [InlineData("k3s/official", @"docker save validation/postgres-ha:1 validation/harness:1 \S+/spire-server:\S+ \S+/spire-agent:\S+   # once")]
    [InlineData("k3s/embedded", @"docker save validation/postgres-ha:1 validation/harness:1   # once", "--embedded-spire")]
    public async Task Plan_HasSpiresOwnImagesUnlessTheEmbeddedSpireWasChosen(string overlay, string save, params string[] options)
    {
        SkipWithoutKubectl();

        await RunAsync(["plan", "scenarios/server-kill.yaml", "--environment", "k3s", .. options]);

        Output.Should().Contain($"{overlay}\n").And.MatchRegex(save);
    }

    [SkippableFact]
    public async Task Plan_AFaultOnAKubernetesNode_PrintsTheDockerCommands()
    {
        SkipWithoutKubectl();
        var scenario = Write("scenario.yaml", Repository.Read("scenarios/server-kill.yaml").Replace("spire-server/any", "k3s-agent-1", StringComparison.Ordinal));

        await RunAsync("plan", scenario, "--environment", "k3s");

        Output.Should().Contain("docker kill validation-RUN-k3s-agent-1").And.Contain("docker start validation-RUN-k3s-agent-1");
    }

    [SkippableFact]
    public async Task Plan_FaultsOnPodsAndOnKubernetesNodes_HasThemInTheirOrderAndTheEndThatTheRunHas()
    {
        SkipWithoutKubectl();
        var scenario = Write("scenario.yaml", ScenarioWith(
            "{ fault: stop, target: k3s-agent-2, grace: 5s, at: 1s }",
            "{ fault: kill, target: spire-server-1, at: 20s }",
            "{ fault: hang-on-start, target: k3s-agent-1, for: 5s, at: 40s }"));

        await RunAsync("plan", scenario, "--environment", "k3s");

        Titles().Where(title => title.StartsWith("fault", StringComparison.Ordinal) || title.Contains("take it down", StringComparison.Ordinal)).Should().Equal(
            "fault stop in broken: target k3s-agent-2", "fault kill in broken: target spire-server-1", "fault hang-on-start in broken: target k3s-agent-1");
        Output.Should().Contain("docker stop --time=5 validation-RUN-k3s-agent-2").And.NotContain("delete statefulsets").And.NotContain("docker hang-on-start");
        Titles().Last().Should().Be("remove it, also when the harness is killed");
    }

    [Fact]
    public async Task Plan_AFaultOnAKubernetesNodeWhereThereAreNone_IsRefused()
    {
        var scenario = Write("scenario.yaml", Repository.Read("scenarios/server-kill.yaml").Replace("spire-server/any", "kubernetes-node/any", StringComparison.Ordinal));

        (await RunAsync("plan", scenario, "--environment", "local")).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("a stack in 'local' has no kubernetes-node.");
    }

    [Fact]
    public async Task Run_AnImageFileWithoutItsName_IsInvalidInput()
    {
        (await RunAsync("run", "--environment", "k3s", "--image", "k3s.tar")).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("--image 'k3s.tar': it has the form NAME=FILE");
    }

    // Steps begin at the margin, their commands do not.
    private string[] Titles() => [.. Output.Split('\n').Where(line => line.Length > 0 && line[0] != ' ')];

    private static void SkipWithoutKubectl() => Skip.IfNot(
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, "kubectl"))),
        "no kubectl in PATH (package kubernetes-client), which renders the manifests");
}

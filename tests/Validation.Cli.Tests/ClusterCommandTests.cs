using Validation.Core;

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

    public static TheoryData<string> Scenarios => [.. Directory.GetFiles(Path.Combine(TestKit.Repository.Root.FullName, "scenarios"), "*.yaml").Select(path => $"scenarios/{Path.GetFileName(path)}")];

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
    public async Task Run_AMistakeInTheEnvironmentFile_SaysWhere()
    {
        var file = Write("environment.yaml", Good.Replace("context: staging", "contxt: staging", StringComparison.Ordinal));

        (await RunAsync("run", "--environment", "kubernetes", "--environment-file", file)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain($"{file}:3:1: ").And.Contain("Did you mean 'context'?");
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

    [Fact]
    public async Task Recover_Local_HasNothingToDo()
    {
        (await RunAsync("recover")).Should().Be(ExitCode.Pass);

        Console.Should().Contain("Nothing to do");
    }

    private static void SkipWithoutKubectl() => Skip.If(
        !(Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, "kubectl"))), "not installed: kubectl");
}

using System.Text.Json.Nodes;
using Validation.Core.Scenarios;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Cluster.Workers;
using Validation.TestKit;

namespace Validation.Environments.Tests.Cluster.Workers;

/// <summary>The Job of the load workers, rendered by the real kubectl, which asks no cluster for that.</summary>
public sealed class WorkerManifestsTests : IDisposable
{
    private readonly FileInfo _kubeconfig = new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));

    public WorkerManifestsTests() => File.WriteAllText(
        _kubeconfig.FullName,
        """
        apiVersion: v1
        kind: Config
        clusters: [{ name: nowhere, cluster: { server: "https://127.0.0.1:1" } }]
        users: [{ name: nobody, user: {} }]
        contexts: [{ name: nobody, context: { cluster: nowhere, user: nobody } }]
        """);

    public void Dispose() => _kubeconfig.Delete();

    [SkippableFact]
    public async Task RenderAsync_FourWorkers_IsAJobOfTheRunWithFourPods()
    {
        Skip.IfNot(File.Exists("/usr/bin/kubectl"), "needs kubectl");

        var manifests = await WorkerManifests.RenderAsync(RealKubectl(), Deployment(), 4, CancellationToken.None);

        manifests.Objects.Select(ManifestSet.Describe).Should().BeEquivalentTo(["ServiceAccount/worker", "Job/workers"]);
        var job = manifests.Get("Job", "workers");
        ((string?)job["metadata"]!["namespace"]).Should().Be("spire-try");
        ((string?)job["metadata"]!["labels"]!["validation/run"]).Should().Be("run-7");
        ((int?)job["spec"]!["completions"]).Should().Be(4);
        ((int?)job["spec"]!["parallelism"]).Should().Be(4);
        ((int?)job["spec"]!["backoffLimit"]).Should().BeGreaterThanOrEqualTo(500, "one lost pod must not end the others");
        var pod = job["spec"]!["template"]!["spec"]!;
        pod["affinity"]!.ToJsonString().Should().Contain("node-a").And.Contain("node-b").And.NotContain("node-c", "no agent runs there");
        ((string?)pod["containers"]![0]!["image"]).Should().Be("mirror.test/harness:9");
        ((string?)pod["volumes"]!.AsArray().Select(volume => volume!["hostPath"]?["path"]).OfType<JsonNode>().Single()).Should().Be("/run/validation/spire-try/agent");
    }

    [Theory]
    [InlineData("workers-0-abcde", 1)]
    [InlineData("workers-11-x2f9k", 12)]
    public void NumberOf_APodOfTheJob_CountsFromOne(string name, int number) => ClusterWorkers.NumberOf(Pod(name)).Should().Be(number);

    [Fact]
    public void NumberOf_AnotherPod_IsRefused() =>
        FluentActions.Invoking(() => ClusterWorkers.NumberOf(Pod("workload-abcde"))).Should().Throw<HarnessException>().WithMessage("*workload-abcde*");

    private Kubectl RealKubectl() => new(new KubectlTarget(_kubeconfig.FullName, "nobody", "spire-try"), new SecretMask(), TimeProvider.System);

    private static ClusterDeployment Deployment() => new()
    {
        Overlay = new DirectoryInfo(Path.Combine(Repository.Root.FullName, "environments/kubernetes/overlays/embedded")),
        Namespace = "spire-try",
        Run = "run-7",
        Stack = StackSpec.Default,
        KubernetesNodes = ["node-a", "node-b", "node-c"],
        Images = new Dictionary<string, string> { ["harness"] = "mirror.test/harness:9" },
    };

    private static PodFacts Pod(string name) => new()
    {
        Name = name,
        Namespace = "spire-try",
        Uid = "1",
        Phase = "Running",
        Labels = new Dictionary<string, string>(),
        Containers = [],
    };
}

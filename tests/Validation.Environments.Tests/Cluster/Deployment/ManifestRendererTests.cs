using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Local.Programs;
using Validation.TestKit;

namespace Validation.Environments.Tests.Cluster.Deployment;

/// <summary>The manifests of this repository, rendered by the kubectl of this machine; no cluster is asked.</summary>
public sealed class ManifestRendererTests
{
    private static readonly SecretMask Mask = new();

    [SkippableFact]
    public async Task Rendered_Objects_CarryTheRunAndItsNamespace()
    {
        var manifests = await RenderAsync(Deployment());

        manifests.Objects.Should().OnlyContain(one => (string)one["metadata"]!["labels"]!["validation/run"]! == "run-7");
        manifests.Objects.Where(one => ManifestSet.Kind(one) != "Namespace").Select(one => (string)one["metadata"]!["namespace"]!)
            .Distinct().Should().BeEquivalentTo("elsewhere", "elsewhere-system");
    }

    [SkippableFact]
    public async Task Rendered_Counts_AreThoseOfTheScenario()
    {
        var manifests = await RenderAsync(Deployment());

        ((int)manifests.Get("StatefulSet", "postgres")["spec"]!["replicas"]!).Should().Be(2);
        ((string)manifests.Get("ConfigMap", "stack")["data"]!["POSTGRES"]!).Should().Be("2");
        ((string)manifests.Get("ConfigMap", "stack")["data"]!["X509_SVID_TTL"]!).Should().Be("120s");
    }

    [SkippableFact]
    public async Task Rendered_Spire_HasTheDefectThatTheScenarioAsksFor()
    {
        var manifests = await RenderAsync(Deployment() with { Stack = StackSpec.Default with { Defect = new DefectKind("never-reconnects", string.Empty) } });

        ((string)manifests.Get("ConfigMap", "spire-agent")["data"]!["agent.conf"]!)
            .Should().StartWith("agent {\n  experimental {\n    defects = [\"never-reconnects\"]\n  }\n  trust_domain ");
        ((string)manifests.Get("ConfigMap", "spire-server")["data"]!["server.conf"]!).Should().StartWith("server {\n  experimental {\n    defects = ");
    }

    [SkippableFact]
    public async Task Rendered_Agents_GoToAsManyKubernetesNodesAsTheScenarioHasAgents()
    {
        var manifests = await RenderAsync(Deployment());

        NodesOf(manifests, "spire-agent").Should().Equal("node-a", "node-b");
        NodesOf(manifests, "workload").Should().Equal("node-a", "node-b", "node-c");
    }

    [SkippableTheory]
    [InlineData(3, true)]
    [InlineData(2, false)]
    public async Task Rendered_Servers_KeepApartWhereThereAreEnoughKubernetesNodes(int kubernetesNodes, bool areApart)
    {
        var manifests = await RenderAsync(Deployment() with { KubernetesNodes = [.. Deployment().KubernetesNodes.Take(kubernetesNodes)] });

        manifests.Get("StatefulSet", "spire-server")["spec"]!["template"]!["spec"]!.AsObject().ContainsKey("affinity").Should().Be(areApart);
    }

    [SkippableFact]
    public async Task Rendered_Images_AreReplacedEverywhere()
    {
        var manifests = await RenderAsync(Deployment() with { Images = new Dictionary<string, string> { ["harness"] = "mirror.test/harness:9" } });

        manifests.ToJson().Should().NotContain("validation/harness:1").And.Contain("mirror.test/harness:9");
    }

    [SkippableFact]
    public async Task Rendered_AnImageThatNobodyKnows_IsRefused()
    {
        var act = () => RenderAsync(Deployment() with { Images = new Dictionary<string, string> { ["harnes"] = "mirror.test/harness:9" } });

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("*'harnes' is not known. Did you mean 'harness'?").Which.ExitCode.Should().Be(ExitCode.InvalidInput);
    }

    [SkippableFact]
    public async Task Rendered_AStackWithoutPooler_IsRefused()
    {
        var counts = new Dictionary<string, int>(StackSpec.Default.Counts) { [Roles.Pooler] = 0 };

        var act = () => RenderAsync(Deployment() with { Stack = StackSpec.Default with { Counts = counts } });

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("stack: pooler is 0; in a cluster it is exactly 1.");
    }

    [Fact]
    public void Material_OfARun_IsInSecretsAndKnownToTheMask()
    {
        var deployment = Deployment();
        using var material = new RunMaterial(deployment, Mask, new ManualClock());

        var objects = material.Objects(deployment);

        foreach (var secret in new[] { material.Secrets.Superuser, material.Secrets.Spire, material.IdentityOf("node-a").KeyPem })
        {
            var beginning = secret[..20];
            Mask.Hide($"x {secret} y").Should().Be($"x {SecretMask.Mark} y");
            objects.Objects.Where(one => ManifestSet.Kind(one) == "ConfigMap").Select(one => one.ToJsonString()).Should().NotContain(text => text.Contains(beginning));
        }

        objects.Get("Secret", "node-identities")["stringData"]!.AsObject().Select(file => file.Key)
            .Should().BeEquivalentTo("node-a.pem", "node-a.key", "node-b.pem", "node-b.key", "node-c.pem", "node-c.key");
    }

    private static IEnumerable<string> NodesOf(ManifestSet manifests, string daemonSet) =>
        manifests.Get("DaemonSet", daemonSet)["spec"]!["template"]!["spec"]!["affinity"]!["nodeAffinity"]!["requiredDuringSchedulingIgnoredDuringExecution"]!
            ["nodeSelectorTerms"]![0]!["matchExpressions"]![0]!["values"]!.AsArray().Select(name => (string)name!);

    private static Task<ManifestSet> RenderAsync(ClusterDeployment deployment)
    {
        Skip.If(ProgramFinder.Find("kubectl") is null, "not installed: kubectl");
        // No such kubeconfig: rendering must not need one.
        var kubectl = new Kubectl(new KubectlTarget("/dev/null", string.Empty, "elsewhere"), Mask, TimeProvider.System);
        return new ManifestRenderer(kubectl).RenderAsync(deployment, CancellationToken.None);
    }

    private static ClusterDeployment Deployment() => new()
    {
        Overlay = new DirectoryInfo(Path.Combine(Repository.Root.FullName, "environments", "kubernetes", "overlays", "embedded")),
        Namespace = "elsewhere",
        Run = "run-7",
        Stack = StackSpec.Default with { X509SvidTtl = TimeSpan.FromMinutes(2) },
        KubernetesNodes = ["node-a", "node-b", "node-c"],
    };
}

using System.Text.Json;
using Validation.Core.Stacks;

namespace Validation.Environments.Tests.Cluster.Manifests;

/// <summary>What every manifest keeps to, whichever overlay it is in.</summary>
public sealed class ManifestFactsTests
{
    public static TheoryData<string> Everything => [.. Manifests.All];

    public static TheoryData<string> WithPods => [.. Manifests.All.Except([Manifests.Admin])];

    public static TheoryData<string> Stacks => [Manifests.Embedded, Manifests.Official, Manifests.EmbeddedWithPsat, Manifests.OfficialWithPsat, Manifests.Small, "k3s/embedded", "k3s/official"];

    [SkippableTheory]
    [MemberData(nameof(WithPods))]
    public async Task Objects_InEveryKustomization_CarryTheHarnessLabel(string kustomization)
    {
        // Rendered text: reading the objects adds the label.
        var documents = (await Manifests.RenderAsync(kustomization)).Split("\n---\n");

        documents.Should().OnlyContain(document => document.Contains("    app.kubernetes.io/part-of: validation"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stacks))]
    public async Task Namespaces_OfAStack_CarryTheGuardLabelAndALevelOfPodSecurity(string kustomization)
    {
        var namespaces = (await Manifests.ObjectsAsync(kustomization)).Where(one => one.Kind() == "Namespace").ToList();

        namespaces.Select(ManifestQueries.Name).Should().BeEquivalentTo("spire-validation", "spire-validation-system");
        namespaces.Should().OnlyContain(one => one.Fields("metadata", "labels")["validation/harness"] == "true");
        namespaces.Should().OnlyContain(one => one.Fields("metadata", "labels").ContainsKey("pod-security.kubernetes.io/enforce"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stacks))]
    public async Task Stack_Applied_LeavesNothingClusterWideButItsNamespaces(string kustomization)
    {
        var objects = await Manifests.ObjectsAsync(kustomization);

        objects.Where(one => one.Text("metadata", "namespace") is null).Should().OnlyContain(one => one.Kind() == "Namespace");
        objects.Select(one => one.Text("metadata", "namespace")).OfType<string>().Distinct()
            .Should().BeEquivalentTo("spire-validation", "spire-validation-system");
    }

    [SkippableTheory]
    [MemberData(nameof(Stacks))]
    public async Task Pods_OfAStack_HaveRoleAndRunAndAreSelectedWithoutTheRun(string kustomization)
    {
        foreach (var workload in (await Manifests.ObjectsAsync(kustomization)).Workloads())
        {
            var labels = workload.Fields("spec", "template", "metadata", "labels");
            labels["validation/role"].Should().Be(workload.Name());
            labels["validation/run"].Should().Be("by-hand");
            // Selectors cannot be changed, and the next run has another name.
            workload.Fields("spec", "selector", "matchLabels").Keys.Should().BeEquivalentTo("app.kubernetes.io/part-of", "validation/role");
            Roles.All.Except([Roles.Dcs]).Append("node-helper").Should().Contain(workload.Name());
        }
    }

    [SkippableTheory]
    [MemberData(nameof(WithPods))]
    public async Task Images_OfAllContainers_AreThoseOfTheOneFileAndHaveATag(string kustomization)
    {
        var objects = await Manifests.ObjectsAsync(kustomization);
        var images = objects.Workloads().SelectMany(ManifestQueries.Containers).Select(container => container.Text("image")!).ToList();
        var known = objects.Find("ConfigMap", "images").Fields("data").Values;

        images.Should().NotBeEmpty().And.BeSubsetOf(known);
        images.Should().OnlyContain(image => image.LastIndexOf(':') > image.LastIndexOf('/') && !image.EndsWith(":latest"));
    }

    [SkippableTheory]
    [MemberData(nameof(WithPods))]
    public async Task Containers_All_AskForResourcesAndHaveAMemoryLimitButNoProcessorLimit(string kustomization)
    {
        foreach (var container in (await Manifests.ObjectsAsync(kustomization)).Workloads().SelectMany(ManifestQueries.Containers))
        {
            var name = container.Text("name");
            container.Fields("resources", "requests").Keys.Should().Contain(["cpu", "memory"], "of {0}", name);
            // A container that is throttled looks like a slow stack.
            container.Fields("resources", "limits").Keys.Should().Contain("memory", "of {0}", name).And.NotContain("cpu", "of {0}", name);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(WithPods))]
    public async Task Pods_AllButAgentAndHelper_MeetTheRestrictedLevelExceptForTheSocketDirectory(string kustomization)
    {
        var privileged = new[] { "spire-agent", "node-helper" };
        foreach (var workload in (await Manifests.ObjectsAsync(kustomization)).Workloads().Where(one => !privileged.Contains(one.Name())))
        {
            var pod = workload.Pod();
            pod.Text("securityContext", "runAsNonRoot").Should().Be("True", "of {0}", workload.Name());
            pod.At("securityContext", "runAsUser").GetInt32().Should().BePositive();
            pod.Text("securityContext", "seccompProfile", "type").Should().Be("RuntimeDefault");
            new[] { "hostPID", "hostNetwork", "hostIPC" }.Should().OnlyContain(field => pod.Text(field) == null);
            pod.Items("volumes").Select(volume => volume.Text("hostPath", "path")).OfType<string>()
                .Should().BeSubsetOf(["/run/validation/spire-validation/agent"]);
            foreach (var container in workload.Containers())
            {
                container.Text("securityContext", "allowPrivilegeEscalation").Should().Be("False");
                container.Items("securityContext", "capabilities", "drop").Select(one => one.ToString()).Should().Equal("ALL");
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(WithPods))]
    public async Task Containers_All_HaveAReadOnlyRoot(string kustomization) =>
        (await Manifests.ObjectsAsync(kustomization)).Workloads().SelectMany(ManifestQueries.Containers)
            .Should().OnlyContain(container => container.Text("securityContext", "readOnlyRootFilesystem") == "True");

    [SkippableTheory]
    [MemberData(nameof(WithPods))]
    public async Task Pods_AllButPostgres_GetNoTokenOfTheApiServer(string kustomization)
    {
        foreach (var workload in (await Manifests.ObjectsAsync(kustomization)).Workloads())
        {
            // Patroni keeps its lock there. SPIRE servers that ask about tokens mount one of their own, in one container.
            workload.Text("spec", "template", "spec", "automountServiceAccountToken")
                .Should().Be(workload.Name() == Roles.Postgres ? "True" : "False", "of {0}", workload.Name());
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Stacks))]
    public async Task ProgramsOfTheStack_All_HaveProbes(string kustomization)
    {
        foreach (var workload in (await Manifests.ObjectsAsync(kustomization)).Workloads().Where(one => one.Name() is not ("node-helper" or "workload")))
        {
            var container = workload.Container(workload.Name());
            container.At("readinessProbe").ValueKind.Should().Be(JsonValueKind.Object, "of {0}", workload.Name());
            container.At("livenessProbe").ValueKind.Should().Be(JsonValueKind.Object, "of {0}", workload.Name());
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Everything))]
    public async Task Secrets_InAllKustomizations_AreOnlyReferredTo(string kustomization)
    {
        var objects = await Manifests.ObjectsAsync(kustomization);

        objects.Should().NotContain(one => one.Kind() == "Secret");
        foreach (var (file, text) in objects.Where(one => one.Kind() == "ConfigMap").SelectMany(one => one.Fields("data")))
        {
            var givenAway = text.Split('\n').Where(line =>
                line.Contains("password", StringComparison.OrdinalIgnoreCase) && line[0] is not ('#' or ';')
                && !line.Contains("password=${SPIRE_PASSWORD}") && !line.Contains("password_encryption"));
            givenAway.Should().BeEmpty("of {0}", file);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Everything))]
    public async Task Namespace_WhereverItIsNamed_CanBeReplacedAsText(string kustomization)
    {
        var yaml = await Manifests.RenderAsync(kustomization);

        var other = yaml.Replace("spire-validation", "elsewhere");

        // Nothing but the namespace, the system's namespace, their directory and cluster-wide names has it in it.
        var words = other.Split([' ', '\n', '"', ':', '/', '[', ']', ',']).Where(word => word.Contains("elsewhere")).Distinct();
        words.Should().BeSubsetOf(["elsewhere", "elsewhere-system", "elsewhere-harness", "elsewhere-access"]);
    }
}

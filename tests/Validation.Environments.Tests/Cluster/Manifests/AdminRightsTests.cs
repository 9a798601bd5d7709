using System.Text.Json;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Guard;

namespace Validation.Environments.Tests.Cluster.Manifests;

/// <summary>The rights of the harness' user: enough for what it does, and nothing in the rest of the cluster.</summary>
public sealed class AdminRightsTests
{
    [SkippableTheory]
    [InlineData(Manifests.Embedded)]
    [InlineData(Manifests.Official)]
    [InlineData(Manifests.Workers)]
    public async Task Role_OfTheHarness_MayMakeAndRemoveEverythingInAStack(string kustomization)
    {
        var rights = await RightsAsync();

        foreach (var one in (await Manifests.ObjectsAsync(kustomization)).Where(one => one.Kind() != "Namespace"))
        {
            var group = one.Text("apiVersion")!.Contains('/') ? one.Text("apiVersion")!.Split('/')[0] : string.Empty;
            var resource = one.Kind() == "NetworkPolicy" ? "networkpolicies" : one.Kind().ToLowerInvariant() + "s";
            foreach (var verb in new[] { "get", "list", "create", "patch", "delete" })
            {
                rights.Should().Contain((one.Text("metadata", "namespace")!, group, resource, verb), "{0} has to be applied and deleted", one.Title());
            }
        }
    }

    [SkippableFact]
    public async Task Role_OfTheHarness_HasEveryRightThatItGrantsToPatroni()
    {
        // Kubernetes refuses a Role that gives more than its maker has.
        var rights = await RightsAsync();
        var patroni = (await Manifests.ObjectsAsync(Manifests.Embedded)).Find("Role", "postgres");

        Expand(patroni).Should().NotBeEmpty().And.BeSubsetOf(rights);
    }

    [SkippableFact]
    public async Task RoleOfPatroni_WritesOnlyByName()
    {
        var patroni = (await Manifests.ObjectsAsync(Manifests.Embedded)).Find("Role", "postgres");

        foreach (var rule in patroni.Items("rules").Where(rule => rule.Items("resourceNames").FirstOrDefault().ValueKind == JsonValueKind.Undefined))
        {
            rule.Items("verbs").Select(verb => verb.ToString()).Should().BeSubsetOf(["create", "list", "watch"]);
        }
    }

    [SkippableFact]
    public async Task Rights_InTheWholeCluster_AreToReadNodesAndTheTwoNamespaces()
    {
        var clusterWide = (await Manifests.ObjectsAsync(Manifests.Admin)).Where(one => one.Kind() == "ClusterRole").SelectMany(one => one.Items("rules")).ToList();

        clusterWide.SelectMany(rule => rule.Items("verbs")).Select(verb => verb.ToString()).Distinct().Should().BeSubsetOf(["get", "list", "watch"]);
        clusterWide.SelectMany(rule => rule.Items("resources")).Select(verb => verb.ToString()).Should().BeEquivalentTo("nodes", "namespaces");
    }

    [Fact]
    public void RightsForNodeFaults_AreToPatchNodesAndNothingElse()
    {
        var text = TestKit.Repository.Read("environments/kubernetes/admin/node-faults.yaml");

        text.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("resources:") || line.StartsWith("verbs:"))
            .Should().Equal("resources: [nodes]", "verbs: [patch]");
    }

    [SkippableFact]
    public async Task Role_OfTheHarness_HasEveryRightInTheNamespaceThatFaultsAskFor()
    {
        var faults = new HashSet<Type> { typeof(IPod), typeof(IRolloutControl), typeof(IScaleControl), typeof(ICordonControl), typeof(IEvictionControl) };
        var rights = await RightsAsync();

        foreach (var right in AccessRight.ForFaults(faults).Where(right => right.Place == AccessPlace.Stack))
        {
            rights.Should().Contain(given => given.Namespace == "spire-validation" && given.Verb == right.Verb
                && (right.Resource == given.Resource || right.Resource.StartsWith($"{given.Resource.Split('/')[0]}.{given.Group}")), "{0} is asked for", right);
        }
    }

    [SkippableFact]
    public async Task ObjectsOfTheAdministrator_AllButTheNamespaces_AreNotTakenForTheHarness()
    {
        // A clean-up that finds them would delete its own rights.
        var documents = (await Manifests.RenderAsync(Manifests.Admin)).Split("\n---\n").Where(document => !document.Contains("\nkind: Namespace\n"));

        documents.Should().HaveCount(7).And.NotContain(document => document.Contains("part-of: validation"));
    }

    [SkippableFact]
    public async Task Rights_Everywhere_AreNamedOneByOne() =>
        (await Manifests.RenderAsync(Manifests.Admin)).Should().NotContain("'*'").And.NotContain("cluster-admin");

    [SkippableFact]
    public async Task RightToExec_IsGivenInTheNamespaceOfTheHelpersAlone() =>
        (await RightsAsync()).Where(right => right.Resource == "pods/exec").Select(right => right.Namespace).Distinct()
            .Should().Equal("spire-validation-system");

    private static async Task<List<(string Namespace, string Group, string Resource, string Verb)>> RightsAsync() =>
        [.. (await Manifests.ObjectsAsync(Manifests.Admin)).Where(one => one.Kind() == "Role").SelectMany(Expand)];

    private static IEnumerable<(string Namespace, string Group, string Resource, string Verb)> Expand(JsonElement role) =>
        from rule in role.Items("rules")
        from resource in rule.Items("resources")
        from verb in rule.Items("verbs")
        select (role.Text("metadata", "namespace")!, rule.Items("apiGroups").Single().ToString(), resource.ToString(), verb.ToString());
}

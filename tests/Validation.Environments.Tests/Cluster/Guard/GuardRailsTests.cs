using Validation.Core.Stacks;
using Validation.Environments.Cluster.Guard;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster.Guard;

public sealed class GuardRailsTests
{
    private const string OwnNamespace = """{ "metadata": { "name": "spire-validation", "labels": { "validation/harness": "true" } } }""";

    private readonly RecordingKubectl _kubectl = new();

    [Fact]
    public void Context_NotOnTheList_IsRefusedBeforeAnythingIsAsked()
    {
        var act = () => Rails("stagging", "tests").RequireAllowedContext();

        var refusal = act.Should().Throw<HarnessException>().Which;
        refusal.ExitCode.Should().Be(ExitCode.InvalidInput);
        refusal.Message.Should().Contain("'staging'").And.Contain("Did you mean 'stagging'?");
        _kubectl.Commands.Should().BeEmpty();
    }

    [Fact]
    public void Context_OnTheList_Passes()
    {
        var act = () => Rails("tests", "staging").RequireAllowedContext();

        act.Should().NotThrow();
    }

    [Fact]
    public async Task Cluster_OlderThanOrdinals_IsRefused()
    {
        _kubectl.Answer("version", """{ "serverVersion": { "major": "1", "minor": "26+", "gitVersion": "v1.26.9-eks" } }""");

        var act = () => Rails("staging").AskClusterAsync(CancellationToken.None);

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("*v1.26.9-eks*1.27*").Which.ExitCode.Should().Be(ExitCode.EnvironmentFailed);
    }

    [Fact]
    public async Task Cluster_KubernetesNodes_AreThoseThatTakePods()
    {
        _kubectl.Answer("version", """{ "serverVersion": { "major": "1", "minor": "31", "gitVersion": "v1.31.2" } }""").Answer("get nodes", $$"""
            { "items": [
              { "metadata": { "name": "node-b", "uid": "5dbb" }, "status": {{Ready("True")}} },
              { "metadata": { "name": "control" }, "spec": { "taints": [ { "key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule" } ] }, "status": {{Ready("True")}} },
              { "metadata": { "name": "cordoned" }, "spec": { "unschedulable": true }, "status": {{Ready("True")}} },
              { "metadata": { "name": "lost" }, "status": {{Ready("Unknown")}} },
              { "metadata": { "name": "node-a" }, "status": {{Ready("True")}} } ] }
            """);

        var facts = await Rails("staging").AskClusterAsync(CancellationToken.None);

        facts.KubernetesNodes.Should().Equal("node-a", "node-b");
        facts.Ids["node-b"].Should().Be("5dbb");
    }

    [Theory]
    [InlineData("spire-validation", "node-a", "node-b")]
    [InlineData("another-namespace", "node-a")]
    public async Task Cluster_AKubernetesNodeThatWeHaveCordoned_TakesPodsWhenTheRunBegins(string mark, params string[] taking)
    {
        _kubectl.Answer("version", """{ "serverVersion": { "major": "1", "minor": "31", "gitVersion": "v1.31.2" } }""").Answer("get nodes", $$"""
            { "items": [
              { "metadata": { "name": "node-a" }, "status": {{Ready("True")}} },
              { "metadata": { "name": "node-b", "labels": { "validation/cordoned-for": "{{mark}}" } },
                "spec": { "unschedulable": true, "taints": [ { "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" } ] }, "status": {{Ready("True")}} } ] }
            """);

        (await Rails("staging").AskClusterAsync(CancellationToken.None)).KubernetesNodes.Should().Equal(taking);
    }

    [Fact]
    public void Rights_ForFaults_AreThoseOfTheScenariosFaultsAlone()
    {
        AccessRight.ForFaults(new HashSet<Type> { typeof(IKillable), typeof(INetworkControl) }).Should().BeEmpty();
        AccessRight.ForFaults(new HashSet<Type> { typeof(IPod) }).Should().NotContain(right => right.Place == AccessPlace.Cluster);
        AccessRight.ForFaults(new HashSet<Type> { typeof(IPod), typeof(ICordonControl) })
            .Should().Contain(new AccessRight("patch", "nodes", AccessPlace.Cluster)).And.NotContain(right => right.Resource == "pods/eviction");
        AccessRight.ForFaults(new HashSet<Type> { typeof(ICordonControl), typeof(IEvictionControl) })
            .Should().Contain(new AccessRight("create", "pods/eviction"));
        AccessRight.ToDeploy.Should().NotContain(right => right.Place == AccessPlace.Cluster, "a run without such a fault must not need more");
    }

    [Fact]
    public async Task Namespaces_ThatDoNotExist_AreNamed()
    {
        _kubectl.Answer("get namespace", string.Empty);

        (await Rails("staging").InspectNamespacesAsync(CancellationToken.None)).Should().Equal("spire-validation", "spire-validation-system");
    }

    [Theory]
    [InlineData("""{ "team": "payments" }""", "does not carry the label validation/harness=true")]
    [InlineData("""{ "validation/harness": "true", "pod-security.kubernetes.io/enforce": "restricted" }""", "has the pod security level 'restricted'")]
    [InlineData("""{ "validation/harness": "true", "validation/existing-stack": "faults" }""", "carries the label validation/existing-stack: a stack that is there already is in it")]
    public async Task Namespace_ThatIsNotTheHarness_IsRefusedAndNothingIsChanged(string labels, string reason)
    {
        _kubectl.Answer("get namespace", $$"""{ "metadata": { "name": "spire-validation", "labels": {{labels}} } }""");

        var act = () => Rails("staging").InspectNamespacesAsync(CancellationToken.None);

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage($"namespace 'spire-validation' {reason}*nothing was changed*");
        _kubectl.Writes.Should().BeEmpty();
    }

    [Fact]
    public async Task Namespace_ThatIsBeingDeleted_IsRefused()
    {
        _kubectl.Answer("get namespace", OwnNamespace.Replace("\"labels\"", "\"deletionTimestamp\": \"2026-01-01T00:00:00Z\", \"labels\"", StringComparison.Ordinal));

        var act = () => Rails("staging").InspectNamespacesAsync(CancellationToken.None);

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("*is being deleted*");
    }

    [Fact]
    public async Task Namespace_WithForeignObjects_IsRefusedAndTheyAreNamed()
    {
        _kubectl.Answer("get namespace", OwnNamespace).Answer("get pods,", """
            ConfigMap    kube-root-ca.crt   <none>       <none>
            Pod          billing-7f9        ReplicaSet   <none>
            Deployment   billing            <none>       <none>
            """);

        var act = () => Rails("staging").InspectNamespacesAsync(CancellationToken.None);

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("*holds 1 object that is not the harness': deployment/billing;*");
        _kubectl.Writes.Should().BeEmpty();
    }

    [Fact]
    public async Task Namespace_OfOurOwn_PassesAndSecretsAreNotRead()
    {
        _kubectl.Answer("get namespace", OwnNamespace).Answer("get pods,", "ServiceAccount   default   <none>   <none>\n");

        (await Rails("staging").InspectNamespacesAsync(CancellationToken.None)).Should().BeEmpty();

        _kubectl.Commands.Where(command => command.Arguments[1].Contains("secrets")).Should().NotBeEmpty()
            .And.OnlyContain(command => command.Arguments.Any(argument => argument.StartsWith("custom-columns=")));
    }

    [Fact]
    public async Task Rights_ThatAreMissing_AreAllNamed()
    {
        _kubectl.Answer("auth can-i", string.Empty).Fail("auth can-i delete secrets", string.Empty).Fail("auth can-i create pods --subresource=exec", string.Empty);

        var act = () => new AccessReview(_kubectl).RequireAsync(AccessRight.ToDeploy, CancellationToken.None);

        (await act.Should().ThrowAsync<HarnessException>())
            .WithMessage("context 'staging' may not: *delete secrets in spire-validation; *create pods/exec in spire-validation-system. Nothing was changed.")
            .Which.ExitCode.Should().Be(ExitCode.EnvironmentFailed);
    }

    [Fact]
    public async Task Rights_WhenTheClusterDoesNotAnswer_AreNotTakenForMissing()
    {
        _kubectl.Fail("auth can-i", "error: the server could not be reached");

        var act = () => new AccessReview(_kubectl).RequireAsync(AccessRight.ToDeploy, CancellationToken.None);

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("*could not be reached*");
    }

    [Fact]
    public async Task Rights_WhenOneIsMissingToLook_AreAllNamedAllTheSame()
    {
        _kubectl.Answer("auth can-i", string.Empty).Fail("auth can-i list nodes", string.Empty).Fail("auth can-i delete secrets", string.Empty)
            .Answer("version", """{ "serverVersion": { "major": "1", "minor": "31", "gitVersion": "v1.31.2" } }""")
            .Fail("get nodes", "Error from server (Forbidden): nodes is forbidden: User \"ci\" cannot list resource \"nodes\" in API group \"\" at the cluster scope");

        var act = () => LookAsync([.. AccessRight.ToLook, .. AccessRight.ToDeploy]);

        (await act.Should().ThrowAsync<HarnessException>())
            .WithMessage("context 'staging' may not: list nodes; delete secrets in spire-validation. Nothing was changed.")
            .Which.Hint.Should().Contain("environments/kubernetes/admin");
    }

    [Fact]
    public async Task Rights_WhenWhatIsForbiddenIsNotAmongThem_TheApiServersWordsAreKept()
    {
        _kubectl.Answer("auth can-i", string.Empty)
            .Answer("version", """{ "serverVersion": { "major": "1", "minor": "31", "gitVersion": "v1.31.2" } }""")
            .Fail("get nodes", "Error from server (Forbidden): nodes is forbidden by a webhook");

        var act = () => LookAsync(AccessRight.ToLook);

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("*nodes is forbidden by a webhook");
    }

    [Fact]
    public async Task Rights_WhenTheLookFailsForAnotherReason_AreNotAskedFor()
    {
        _kubectl.Fail("version", "error: the server could not be reached");

        var act = () => LookAsync(AccessRight.ToDeploy);

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("*could not be reached*");
        _kubectl.Lines.Should().NotContain(line => line.Contains("can-i"));
    }

    private Task<ClusterFacts> LookAsync(IReadOnlyList<AccessRight> rights) =>
        new AccessReview(_kubectl).WhileAsync(rights, () => Rails("staging").AskClusterAsync(CancellationToken.None), CancellationToken.None);

    private static string Ready(string status) => $$"""{ "conditions": [ { "type": "Ready", "status": "{{status}}" } ] }""";

    private GuardRails Rails(params string[] allowed) => new(_kubectl, allowed);
}

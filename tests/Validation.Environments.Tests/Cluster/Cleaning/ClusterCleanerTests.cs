using Validation.Environments.Cluster.Cleaning;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster.Cleaning;

public sealed class ClusterCleanerTests
{
    private readonly RecordingKubectl _kubectl = new RecordingKubectl().Answer("get nodes", string.Empty);

    [Fact]
    public async Task Clean_NamespacesThatDoNotExist_HasNothingToDo()
    {
        _kubectl.Answer("get namespace", string.Empty);

        (await CleanAsync()).Should().BeEmpty();

        _kubectl.Writes.Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{ "validation/run": "run-1" }""")]
    [InlineData("""{ "validation/run": "run-1", "validation/harness": "true", "validation/existing-stack": "load" }""")]
    public async Task Clean_ANamespaceThatIsNotTheHarness_IsNotTouched(string labels)
    {
        _kubectl.Answer("get namespace", $$"""{ "metadata": { "labels": {{labels}} } }""");

        (await CleanAsync()).Should().BeEmpty();

        _kubectl.Writes.Should().BeEmpty();
    }

    [Fact]
    public async Task Clean_RemainsOfARun_AreDeletedByLabelsAndASecondCallHasNothingToDo()
    {
        var left = true;
        _kubectl.Answer("get namespace", """{ "metadata": { "labels": { "validation/harness": "true" } } }""")
            .Answer("get statefulsets", _ => new(0, left ? "statefulset.apps/postgres\npod/postgres-1\n" : string.Empty, string.Empty))
            .Answer("get configmaps", _ => new(0, left ? "configmap/validation-leader\n" : string.Empty, string.Empty))
            .Answer("get daemonsets", string.Empty)
            .Answer("delete", _ => new(0, string.Empty, string.Empty))
            .Answer("delete configmaps --selector=app.kubernetes.io/part-of=validation,validation/database", _ =>
            {
                left = false;
                return new(0, string.Empty, string.Empty);
            });

        var first = await CleanAsync();
        var second = await CleanAsync();

        first.Should().BeEquivalentTo(
            "statefulset.apps/postgres in spire-validation", "pod/postgres-1 in spire-validation", "configmap/validation-leader in spire-validation");
        second.Should().BeEmpty();
        _kubectl.Writes.Should().NotBeEmpty().And.OnlyContain(command => command.Arguments.Any(word => word.StartsWith("--selector=app.kubernetes.io/part-of=validation,")));
        _kubectl.Lines.Where(line => line.Contains(": delete")).Should().OnlyContain(line => line.StartsWith("spire-validation: "));
    }

    [Theory]
    [InlineData("run-1", 2)]
    [InlineData("by-hand", 0)]
    public async Task Clean_Namespaces_AreDeletedWhenARunMadeThem(string run, int deleted)
    {
        var isThere = true;
        _kubectl.Answer("get", string.Empty)
            .Answer("get namespace", _ => new(0, isThere ? $$"""{ "metadata": { "labels": { "validation/harness": "true", "validation/run": "{{run}}" } } }""" : string.Empty, string.Empty))
            .Answer("delete namespace", _ => new(0, string.Empty, string.Empty))
            .Answer("delete namespace spire-validation-system", _ =>
            {
                isThere = false;
                return new(0, string.Empty, string.Empty);
            });

        await CleanAsync();

        _kubectl.Writes.Should().HaveCount(deleted);
    }

    [Fact]
    public async Task Clean_ANamespaceOfARunWithSomebodyElsesObjectsInIt_StaysAndIsNamed()
    {
        _kubectl.Answer("get", string.Empty)
            .Answer("get namespace", """{ "metadata": { "labels": { "validation/harness": "true", "validation/run": "run-1" } } }""")
            .Answer("get pods,services", "Deployment   billing   <none>   <none>\n");

        (await this.Invoking(test => test.CleanAsync()).Should().ThrowAsync<HarnessException>())
            .WithMessage("namespace 'spire-validation' stays, because it holds what is not the harness': deployment/billing.*")
            .Which.ExitCode.Should().Be(ExitCode.LeftUnclean);

        _kubectl.Writes.Should().NotContain(command => command.Arguments.Contains("namespace"));
    }

    [Fact]
    public async Task Clean_WhatDoesNotGo_IsNamed()
    {
        _kubectl.Answer("get", string.Empty)
            .Answer("get statefulsets", "pod/postgres-1\n")
            .Answer("get namespace", """{ "metadata": { "labels": { "validation/harness": "true" } } }""")
            .Answer("delete", string.Empty);

        var act = CleanAsync;

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("1 objects are still there: pod/postgres-1 in spire-validation.")
            .Which.ExitCode.Should().Be(ExitCode.LeftUnclean);
    }

    [Fact]
    public async Task Clean_AKubernetesNodeThatARunHasCordoned_IsOpenedByItsMarkAlone()
    {
        var isClosed = true;
        _kubectl.Answer("get namespace", string.Empty)
            .Answer("get nodes --selector=validation/cordoned-for=spire-validation", _ => new(0, isClosed ? "node/node-b\n" : string.Empty, string.Empty))
            .Answer("get node node-b", """{ "metadata": { "resourceVersion": "7", "labels": { "validation/cordoned-for": "spire-validation" } }, "spec": { "unschedulable": true } }""")
            .Answer("patch node node-b", _ =>
            {
                isClosed = false;
                return new(0, string.Empty, string.Empty);
            });

        (await CleanAsync()).Should().Equal("cordon of node/node-b");
        (await CleanAsync()).Should().BeEmpty();

        _kubectl.Writes.Should().ContainSingle().Which.ToString().Should().Contain("patch node node-b");
    }

    private Task<IReadOnlyList<string>> CleanAsync() => new ClusterCleaner(_kubectl).CleanAsync(null, CancellationToken.None);
}

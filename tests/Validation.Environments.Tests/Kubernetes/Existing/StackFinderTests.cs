using Validation.Core.Stacks;
using Validation.Environments.Kubernetes.Existing;

namespace Validation.Environments.Tests.Kubernetes.Existing;

public sealed class StackFinderTests : IDisposable
{
    private readonly OwnersCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task Stack_WithSelectors_IsFoundWithReadsAlone()
    {
        var found = await _cluster.FindAsync();

        found.Kubernetes.Should().Be("v1.25.3", "only stacks of the harness' own need a newer one");
        found.Nodes.Select(node => node.Name).Should().Equal("spire-server-1", "spire-server-2", "spire-agent-1", "spire-agent-2");
        found.Of(Roles.SpireServer)!.Pods.Select(pod => pod.Name).Should().Equal("server-0", "server-10");
        found.Of(Roles.SpireAgent)!.Pods.Select(pod => pod.Name).Should().Equal("agent-b", "agent-a");
        found.Of(Roles.SpireAgent)!.Container.Should().Be("agent", "it is the only one");
        found.Of(Roles.SpireServer)!.Permission.Should().Be("faults");
        _cluster.Kubectl.Writes.Should().BeEmpty();
        _cluster.Kubectl.Lines.Should().Contain("spire: get pods --selector=app=server -o json").And.Contain("agents: get pods --selector=app=agent -o json")
            .And.Contain("spire: auth can-i create pods --subresource=portforward --quiet").And.NotContain("agents: auth can-i create pods --subresource=portforward --quiet");
    }

    [Fact]
    public async Task Context_ThatIsNotAllowed_IsRefusedBeforeAnythingIsAsked()
    {
        _cluster.Options = _cluster.Options with { AllowedContexts = ["tests"] };

        (await RefusalAsync()).ExitCode.Should().Be(ExitCode.InvalidInput);
        _cluster.Kubectl.Commands.Should().BeEmpty();
    }

    [Theory]
    [InlineData(null, "does not carry the label validation/existing-stack")]
    [InlineData("fault", "Did you mean 'faults'?")]
    [InlineData("true", "Allowed is load, faults")]
    public async Task Namespace_WhoseOwnerPermitsNothing_IsRefused(string? label, string words)
    {
        _cluster.Kubectl.Answer("get namespace agents", OwnersCluster.Namespace("agents", label));

        var refusal = await RefusalAsync();

        refusal.ExitCode.Should().Be(ExitCode.EnvironmentFailed);
        refusal.Message.Should().Contain("'agents'").And.Contain(words);
        refusal.Hint.Should().Contain("kubectl label namespace agents validation/existing-stack=load");
        _cluster.Kubectl.Lines.Should().NotContain(line => line.Contains("get pods"));
    }

    [Fact]
    public async Task Namespace_ThatDoesNotExist_IsRefused()
    {
        _cluster.Kubectl.Answer("get namespace spire", string.Empty);

        (await RefusalAsync()).Message.Should().Contain("no namespace 'spire'");
    }

    [Fact]
    public async Task Role_WithoutAPod_IsRefusedWithItsSelector()
    {
        _cluster.Kubectl.Answer("get pods --selector=app=agent", OwnersPod.List());

        var refusal = await RefusalAsync();

        refusal.Message.Should().Contain("mine.yaml: no pod in namespace 'agents' has the labels of role 'spire-agent': app=agent");
        refusal.Hint.Should().Contain("--show-labels");
    }

    [Fact]
    public async Task Container_ThatIsNotThere_IsRefusedWithTheNearest()
    {
        _cluster.Kubectl.Answer("get pods --selector=app=server", OwnersPod.List(new OwnersPod("server-0") { Containers = ["spire-servr", "controller"] }));

        var refusal = await RefusalAsync();

        refusal.ExitCode.Should().Be(ExitCode.InvalidInput);
        refusal.Message.Should().Contain("no container 'spire-server'. Did you mean 'spire-servr'? It has spire-servr, controller.");
    }

    [Fact]
    public async Task Pod_OfTwoRoles_IsRefused()
    {
        _cluster.Kubectl.Answer("get pods --selector=app=agent", OwnersPod.List(new OwnersPod("server-0") { Uid = "a" }));

        (await RefusalAsync()).Message.Should().Contain("pod server-0 has the labels of role 'spire-server' and role 'spire-agent'");
    }

    [Fact]
    public async Task Rights_ThatAreMissing_AreNamed()
    {
        _cluster.Kubectl.Fail("auth can-i create pods --subresource=portforward", string.Empty);

        (await RefusalAsync()).Message.Should().Contain("may not: create pods/portforward in spire");
    }

    [Theory]
    [InlineData("SPIRE 1.12.4", "ghcr.io/spiffe/spire-server:1.12.4")]
    [InlineData("SPIRE 1.12.4", "mirror.test:5000/spiffe/spire-server:1.12.4@sha256:0f3c")]
    [InlineData("SPIRE 1.12.4 and 1.13.0", "spire-server:1.13.0", "ghcr.io/spiffe/spire-server:1.12.4")]
    [InlineData("SPIRE of image mirror.test:5000/spire-server", "mirror.test:5000/spire-server")]
    [InlineData("SPIRE of image harness:7", "harness:7")]
    [InlineData("SPIRE of image spire-server:nightly", "spire-server:nightly")]
    public void Flavor_IsToldByTheImages(string flavor, params string[] images) => ImageVersion.FlavorOf(images).Should().Be(flavor);

    private async Task<HarnessException> RefusalAsync()
    {
        var find = () => _cluster.FindAsync();
        return (await find.Should().ThrowAsync<HarnessException>()).Which;
    }
}

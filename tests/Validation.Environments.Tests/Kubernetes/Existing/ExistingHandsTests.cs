using System.Text.Json.Nodes;
using Validation.Core.Scenarios;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Kubernetes.Existing;
using Validation.Environments.Tests.Cluster.Kit;
using Validation.TestKit;

namespace Validation.Environments.Tests.Kubernetes.Existing;

/// <summary>Node helpers beside a stack of somebody else's, as recorded commands.</summary>
public sealed class ExistingHandsTests
{
    private const string Manifests = """
        { "kind": "Namespace", "metadata": { "name": "spire-validation" } }
        { "kind": "Namespace", "metadata": { "name": "spire-validation-system" } }
        { "kind": "ConfigMap", "metadata": { "name": "images" }, "data": { "harness": "validation/harness:1" } }
        { "kind": "DaemonSet", "metadata": { "name": "node-helper" }, "spec": { "template": { "spec": { "containers": [ { "image": "validation/harness:1" } ] } } } }
        """;

    private readonly RecordingKubectl _kubectl = new();
    private readonly ManualClock _clock = new();
    private bool _isDeployed;

    public ExistingHandsTests()
    {
        _kubectl.Answer("kustomize", "rendered").Answer("label --local", Manifests).Answer("create", string.Empty).Answer("patch", string.Empty).Answer("auth can-i", string.Empty)
            .Answer("get", string.Empty)
            .Answer("get pods", $$"""{ "kind": "List", "items": [ {{new PodJson("node-helper-x", "node-helper").Text()}} ] }""")
            .Answer("get namespace", _ => new(0, _isDeployed ? """{ "metadata": { "labels": { "validation/harness": "true", "validation/run": "run-7" } } }""" : string.Empty, string.Empty))
            .Answer("get daemonsets,pods,serviceaccounts --selector=app.kubernetes.io/part-of=validation,validation/run -o", _ => new(0, _isDeployed ? "daemonset.apps/node-helper\n" : string.Empty, string.Empty))
            .Answer("apply", _ => Note(isDeployed: true))
            .Answer("delete", string.Empty).Answer("delete namespace spire-validation-system", _ => Note(isDeployed: false));
        _kubectl.WhenOpened = session =>
        {
            if (session.Command.Arguments[0] == "exec")
            {
                session.Sent.Write(HelperProtocol.Write(new Greeting(HelperProtocol.Version)).Span);
            }
        };
    }

    [Fact]
    public async Task Hands_AreDeployedBesideTheStack_AndTakenAwayWithTheirSessions()
    {
        await using (await StartAsync("node-a"))
        {
            Applied().Should().Equal("Namespace, Namespace", "ConfigMap, DaemonSet");
            _kubectl.Lines.Should().Contain("spire-validation-system: exec -i node-helper-x -- validation node-helper session");
            _kubectl.Sessions.Single(session => session.Command.Arguments[0] == "exec").End(0);
        }

        _kubectl.Sessions.Should().OnlyContain(session => session.IsDisposed);
        _kubectl.Lines.Should().Contain(line => line.StartsWith("spire-validation-system: delete daemonsets"));
        _isDeployed.Should().BeFalse();
    }

    [Fact]
    public async Task Hands_WhoseNamespaceAnotherRunHasClaimedMeanwhile_LeaveItAlone()
    {
        var hands = await StartAsync("node-a");
        _kubectl.Answer("get configmap harness", """{ "metadata": { "labels": { "validation/run": "run-8" } } }""");
        _kubectl.Sessions.Single(session => session.Command.Arguments[0] == "exec").End(0);

        var dispose = async () => await hands.DisposeAsync();

        (await dispose.Should().ThrowAsync<HarnessException>()).Which.ExitCode.Should().Be(ExitCode.LeftUnclean);
        _kubectl.Lines.Should().NotContain(line => line.Contains(": delete "));
    }

    [Fact]
    public async Task Hands_ThatDoNotGetReady_AreTakenAwayAndTheirImageIsNamed()
    {
        var start = () => _clock.RunUntilAsync(() => StartAsync("node-a", "node-b"), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));

        var refusal = (await start.Should().ThrowAsync<HarnessException>()).Which;

        refusal.Message.Should().Be("Waited 3m for a node-helper on node-b; last seen: 1 pods, 1 of them ready.");
        refusal.Hint.Should().Contain("The image 'harness' must be there");
        _isDeployed.Should().BeFalse();
    }

    private IEnumerable<string> Applied() => _kubectl.Commands.Where(command => command.Arguments[0] == "apply")
        .Select(command => string.Join(", ", JsonNode.Parse(command.Input!)!["items"]!.AsArray().Select(one => (string)one!["kind"]!)));

    private ToolAnswer Note(bool isDeployed)
    {
        _isDeployed = isDeployed;
        return new ToolAnswer(0, string.Empty, string.Empty);
    }

    private async Task<ExistingHands> StartAsync(params string[] kubernetesNodes)
    {
        var deployment = new ClusterDeployment
        {
            Overlay = new DirectoryInfo("overlay"),
            Namespace = "spire-validation",
            Run = "run-7",
            Stack = StackSpec.Default,
            KubernetesNodes = kubernetesNodes,
        };
        return await ExistingHands.StartAsync(
            _kubectl, deployment, await ExistingHands.RequireOwnNamespacesAsync(_kubectl, ["staging"], CancellationToken.None), _clock, new Progress<string>(), CancellationToken.None);
    }
}

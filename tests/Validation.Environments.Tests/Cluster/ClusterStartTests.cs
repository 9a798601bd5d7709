using System.Text.Json.Nodes;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Tests.Cluster.Kit;
using Validation.TestKit;

namespace Validation.Environments.Tests.Cluster;

/// <summary>A stack comes up by the commands that its plan prints, in their order.</summary>
public sealed class ClusterStartTests : IDisposable
{
    private static readonly ManifestSet Manifests = new(
    [
        Manifest("Namespace", "spire-validation"), Manifest("Service", "spire"), Manifest("StatefulSet", Roles.Postgres), Manifest("StatefulSet", Roles.SpireServer),
        Manifest("DaemonSet", Roles.SpireAgent), Manifest("DaemonSet", Roles.Workload),
    ]);

    private readonly DirectoryInfo _logs = Directory.CreateTempSubdirectory("validation-start-");
    private readonly ManualClock _clock = new();
    private readonly RecordingKubectl _kubectl = new();

    public void Dispose() => _logs.Delete(recursive: true);

    [Fact]
    public void Plan_AppliesTheServersWhenTheDatabaseTakesWrites_AndOpensTheHelpersLast()
    {
        var steps = Planned().ToArray();

        steps.Should().ContainInOrder(
            "apply: 1 Service, 1 StatefulSet, 1 DaemonSet",
            "port-forward: until the database takes writes",
            "apply: 1 StatefulSet spire-server, with one pod",
            "scale",
            "port-forward: and each other server: their authorities",
            "apply: ConfigMap spire-bundle",
            "apply: 1 DaemonSet spire-agent");
        steps[^1].Should().StartWith("exec: one on each Kubernetes node");
    }

    [Fact]
    public async Task Start_WhoseDatabaseTakesNoWrites_HasGivenThePlannedCommandsUpToThere()
    {
        PodsAreReadyButNobodyAnswers();
        var parts = new ClusterParts(
            _kubectl,
            new ClusterDeployment { Overlay = _logs, Namespace = "spire-validation", Run = "run-7", Stack = StackSpec.Default, KubernetesNodes = ["node-a"] },
            "embedded SPIRE",
            cutsByPolicy: false,
            new SecretMask(),
            _logs,
            _clock);
        var start = () => _clock.RunUntilAsync(
            () => new ClusterStart(parts, Manifests, _clock, new Progress<string>()).RunAsync(["spire-validation"], dead: null, CancellationToken.None),
            TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));

        (await start.Should().ThrowAsync<HarnessException>()).Which.Message.Should().StartWith("Waited 2m for the database to have a primary");
        Given().Zip(Planned()).Should().OnlyContain(step => step.Second.StartsWith(step.First, StringComparison.Ordinal));
        Given().Should().HaveCount(5).And.EndWith("port-forward");
    }

    private static JsonObject Manifest(string kind, string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject { ["replicas"] = 3 },
    };

    private static IEnumerable<string> Planned() =>
        from line in new ClusterPlanner(new KubectlTarget("/kube/config", "staging", "spire-validation"), StackSpec.Default, byPolicy: false)
            .Up(new DirectoryInfo("overlay"), Manifests, hasRemains: false).Lines
        let verb = new[] { "apply", "create", "port-forward", "scale", "exec" }.FirstOrDefault(verb => line.Contains($" {verb} ", StringComparison.Ordinal))
        where verb is not null
        select line.Split("   # ") is [_, var remark] ? $"{verb}: {remark}" : verb;

    // What was applied, each once, up to the first connection; what is renewed and taken down comes later.
    private IEnumerable<string> Given()
    {
        foreach (var command in _kubectl.Commands)
        {
            if (command.Arguments[0] == "apply")
            {
                var kinds = JsonNode.Parse(command.Input!)!["items"]!.AsArray().GroupBy(one => (string)one!["kind"]!).Select(kind => $"{kind.Count()} {kind.Key}").ToArray();
                yield return kinds.Any(kind => kind.Contains("Secret")) ? "apply: Secret database" : $"apply: {string.Join(", ", kinds)}";
            }
            else if (command.Arguments[0] == "create")
            {
                yield return "create: ConfigMap harness";
            }
            else if (command.Arguments[0] == "port-forward")
            {
                yield return "port-forward";
                yield break;
            }
        }
    }

    private void PodsAreReadyButNobodyAnswers()
    {
        string[] pods =
        [
            .. from node in StackSpec.Default.NodeNames() where node.Role != Roles.SpireServer && node.Role != Roles.SpireAgent select new PodJson(node.Name, node.Role).Text(),
            new PodJson("node-helper-1", ClusterNames.NodeHelper).Text(),
        ];
        _kubectl.Answer("apply", string.Empty).Answer("create", string.Empty).Answer("patch", string.Empty).Answer("get configmap harness", string.Empty).Answer("logs", string.Empty).Answer("get nodes", string.Empty).Answer("get namespace", string.Empty)
            .Answer("get pods", $$"""{ "kind": "List", "items": [ {{string.Join(", ", pods)}} ] }""");
        _kubectl.WhenOpened = session =>
        {
            if (session.Command.Arguments[0] == "port-forward")
            {
                session.End(1, "error: unable to forward port");
            }
        };
    }
}

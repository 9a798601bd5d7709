using Validation.Core.Faults;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Kubernetes.Existing;

namespace Validation.Environments.Tests.Kubernetes.Existing;

/// <summary>What faults do to a stack of somebody else's, as recorded commands.</summary>
public sealed class ExistingFaultsTests : IDisposable
{
    private readonly OwnersCluster _cluster = new();

    public ExistingFaultsTests() => _cluster.Existing = _cluster.Existing with { PermittedFaults = ["pod-delete", "scale", "drain", "rollout-restart"] };

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task Nodes_WhereTheOwnerPermitsFaults_CanHaveTheirPodsReplaced_AndOthersCannot()
    {
        var found = await _cluster.FindAsync();

        found.Of(Roles.SpireServer)!.Can.Should().BeEquivalentTo([typeof(IPod), typeof(IReplica)]);
        found.Of(Roles.SpireAgent)!.Can.Should().BeEmpty("the owner of namespace 'agents' permits load alone");
        found.Can.Where(capability => !typeof(ExistingStack).IsAssignableTo(capability)).Should().BeEmpty();
        foreach (var node in new ExistingNodes(found, _cluster.Kubectl, null, TimeProvider.System).All)
        {
            found.Of(node.Role)!.Can.Where(capability => !node.GetType().IsAssignableTo(capability)).Should().BeEmpty();
            (node is IPod).Should().Be(node.Role == Roles.SpireServer);
        }
    }

    [Fact]
    public async Task Nodes_WithHelpers_CanAlsoBeHitFromInside()
    {
        _cluster.Existing = _cluster.Existing with { Helpers = true };
        var found = await _cluster.FindAsync();
        await using var watch = new PodWatch(_cluster.Kubectl, "none", TimeProvider.System);
        await using var helpers = NodeHelpers.Of(_cluster.Kubectl, watch, TimeProvider.System);

        found.Of(Roles.SpireServer)!.Can.Should().BeEquivalentTo([typeof(IPod), typeof(IReplica), typeof(IKillable), typeof(IStoppable), typeof(IPausable)]);
        found.Can.Should().Contain(typeof(INetworkControl)).And.OnlyContain(capability => typeof(ExistingStack).IsAssignableTo(capability));
        foreach (var node in new ExistingNodes(found, _cluster.Kubectl, new PodProcesses(helpers), TimeProvider.System).All)
        {
            found.Of(node.Role)!.Can.Where(capability => !node.GetType().IsAssignableTo(capability)).Should().BeEmpty();
            (node is IKillable).Should().Be(node.Role == Roles.SpireServer, "the owner of namespace 'agents' permits load alone");
        }
    }

    [Theory]
    [InlineData(typeof(IKillable))]
    [InlineData(typeof(IStoppable))]
    [InlineData(typeof(IPausable))]
    [InlineData(typeof(INetworkControl))]
    public async Task Plan_OfAFaultThatTakesHelpers_PutsHandsOnTheKubernetesNodesAndTakesThemAway(Type needed)
    {
        _cluster.Existing = _cluster.Existing with { Helpers = true };
        _cluster.Kubectl.Answer("get namespace spire-validation", string.Empty);

        var plan = await ExplainAsync(Fault("kill", needed));

        plan.Refusal.Should().BeNull();
        plan.Sections.Select(section => section.Title).Should().ContainInOrder(
            "put hands on the Kubernetes nodes, in namespaces of the harness' own", "reach it, as long as the run lasts", "compare, before the first fault and after the last", "fault kill in broken: target spire-server-1", "take the hands away");
        plan.Sections.Single(section => section.Title.StartsWith("fault")).Lines.Should().OnlyContain(line => line.Contains("--namespace=spire-validation-system exec -i"));
        _cluster.Kubectl.Lines.Should().Contain("spire-validation-system: auth can-i create pods --subresource=exec --quiet");
        Written().Should().BeEmpty();
    }

    [Fact]
    public async Task Nodes_WhenNoFaultIsPermitted_CanDoNothing()
    {
        _cluster.Existing = _cluster.Existing with { PermittedFaults = [] };

        (await _cluster.FindAsync()).Can.Should().BeEquivalentTo([typeof(ISpireStack)]);
        _cluster.Kubectl.Lines.Should().NotContain(line => line.Contains("nodes") || line.Contains("statefulsets"), "no right is needed that nothing is done with");
    }

    [Fact]
    public async Task Pod_ThatIsDeleted_IsThatOfTheNode()
    {
        _cluster.Kubectl.Answer("delete pod", string.Empty);
        var node = (IPod)new ExistingNodes(await _cluster.FindAsync(), _cluster.Kubectl, null, TimeProvider.System).All[1];

        (await node.DeletePodAsync(TimeSpan.FromSeconds(30), CancellationToken.None)).Should().Be("c");

        Written().Should().Equal("spire: delete pod server-10 --wait=false --grace-period=30");
    }

    [Fact]
    public async Task Existence_OfAPod_IsAskedByTheOwnersSelector()
    {
        var node = (IPod)new ExistingNodes(await _cluster.FindAsync(), _cluster.Kubectl, null, TimeProvider.System).All[0];
        _cluster.Kubectl.Answer("get pods --selector=app=server -o jsonpath", "a c");

        (await node.HasPodAsync("a", CancellationToken.None)).Should().BeTrue();
        (await node.HasPodAsync("b", CancellationToken.None)).Should().BeFalse();
    }

    [Fact]
    public async Task Rollout_OfADeployment_IsFoundThroughItsReplicaSet()
    {
        _cluster.Kubectl.Answer("rollout restart", string.Empty)
            .Answer("get pods --selector=app=server", OwnersPod.List(new OwnersPod("server-7f-x") { Owner = "ReplicaSet/server-7f" }))
            .Answer("get replicaset server-7f", """{ "metadata": { "ownerReferences": [ { "kind": "Deployment", "name": "server", "controller": true } ] } }""");

        await (await FaultsAsync()).RestartAsync(Roles.SpireServer, CancellationToken.None);

        Written().Should().Equal("spire: rollout restart deployment/server");
    }

    [Fact]
    public async Task Scale_DownAndBack_MarksTheStatefulSetAndRestoresIt()
    {
        var replicas = (Number: 2, Mark: string.Empty);
        _cluster.Kubectl.Answer("patch statefulset server", string.Empty).Answer("get statefulset server", _ => new(0, Set(replicas.Number, replicas.Mark), string.Empty));
        var faults = await FaultsAsync();

        await faults.ScaleAsync(Roles.SpireServer, 1, CancellationToken.None);
        replicas = (1, "\"validation/scaled-from\": \"2\"");
        await faults.ScaleAsync(Roles.SpireServer, 2, CancellationToken.None);

        Written().Should().Equal(
            """spire: patch statefulset server --type=merge --patch={"metadata":{"resourceVersion":"7","labels":{"validation/scaled-from":"2"},"annotations":{"validation/run":"run-7"}},"spec":{"replicas":1}}""",
            """spire: patch statefulset server --type=merge --patch={"metadata":{"resourceVersion":"7","labels":{"validation/scaled-from":null},"annotations":{"validation/run":null}},"spec":{"replicas":2}}""");
    }

    [Theory]
    [InlineData(3, "")]
    [InlineData(2, "\"validation/scaled-from\": \"5\"")]
    public async Task Scale_OfAStatefulSetThatSomebodyElseHasScaled_IsRefusedAndNothingIsChanged(int replicas, string mark)
    {
        _cluster.Kubectl.Answer("get statefulset server", Set(replicas, mark));
        var faults = await FaultsAsync();

        var scale = () => faults.ScaleAsync(Roles.SpireServer, 1, CancellationToken.None);

        (await scale.Should().ThrowAsync<HarnessException>()).WithMessage("StatefulSet server does not have 2 replicas any more*");
        Written().Should().BeEmpty();
    }

    [Fact]
    public async Task Cordon_NamesTheServersNamespaceInItsMark()
    {
        _cluster.Kubectl.Answer("patch node", string.Empty).Answer("get node node-a", """{ "metadata": { "resourceVersion": "7" } }""");

        await (await FaultsAsync()).CordonAsync(["node-a"], CancellationToken.None);

        Written().Should().ContainSingle().Which.Should().Contain("\"validation/cordoned-for\":\"spire\"").And.Contain("\"validation/run\":\"run-7\"").And.Contain("\"unschedulable\":true");
    }

    [Fact]
    public async Task Rights_ForFaults_AreAskedForOnlyWhereTheyAreNeeded()
    {
        _cluster.Kubectl.Fail("auth can-i patch statefulsets.apps", string.Empty);
        var refused = (await ExplainAsync(Fault("scale", typeof(IScaleControl)))).Refusal;

        refused!.Message.Should().Contain("may not: patch statefulsets.apps in spire");
        _cluster.Kubectl.Lines.Should().Contain("spire: auth can-i delete pods --quiet")
            .And.NotContain("agents: auth can-i delete pods --quiet").And.NotContain("spire: auth can-i create pods --subresource=eviction --quiet");
    }

    [Fact]
    public async Task Plan_OfADrain_PrintsItsCommandsAndWritesNothing()
    {
        var drain = (await ExplainAsync(Fault("drain", typeof(ICordonControl), typeof(IEvictionControl)))).Sections.Single(section => section.Title.StartsWith("fault drain"));

        drain.Lines.Should().Contain(line => line.Contains("patch node KUBERNETES-NODE") && line.Contains("\"validation/cordoned-for\":\"spire\""))
            .And.Contain(line => line.Contains("/api/v1/namespaces/spire/pods/POD/eviction"));
        Written().Should().BeEmpty();
    }

    [Theory]
    [InlineData("pod-delete", null, "delete pod server-0 --wait=false --grace-period=30")]
    [InlineData("rollout-restart", typeof(IRolloutControl), "--namespace=spire rollout restart statefulset/server")]
    [InlineData("scale", typeof(IScaleControl), "patch statefulset server --type=merge")]
    public async Task Plan_OfAFault_PrintsItsCommands(string name, Type? control, string command) =>
        (await ExplainAsync(Fault(name, [.. new[] { control }.OfType<Type>()]))).Sections.Single(section => section.Title.StartsWith($"fault {name}"))
            .Lines.Should().Contain(line => line.Contains(command));

    [Fact]
    public async Task Marks_ThatAnotherRunHasLeft_RefuseTheNextOne_AndRecoverUndoesThem()
    {
        var (cordoned, scaled) = ("node/node-a\n", "statefulset.apps/server\n");
        _cluster.Kubectl.Answer("get nodes --selector=validation/cordoned-for=spire", _ => new(0, cordoned, string.Empty))
            .Answer("get statefulsets --selector", command => new(0, scaled, string.Empty))
            .Answer("get node node-a", """{ "metadata": { "resourceVersion": "7", "labels": { "validation/cordoned-for": "spire" } } }""")
            .Answer("get statefulset server", Set(0, "\"validation/scaled-from\": \"2\""))
            .Answer("patch", string.Empty);
        _cluster.Existing = _cluster.Existing with { Roles = _cluster.Existing.Roles.Where(role => role.Key == Roles.SpireServer).ToDictionary() };
        var environment = new ExistingStackEnvironment(_cluster.Options, _cluster.Kubectl, TimeProvider.System);

        var find = () => _cluster.FindAsync();
        (await find.Should().ThrowAsync<HarnessException>()).WithMessage("*cordon of node/node-a, scale of statefulset/server in spire. Nothing was changed.").Which.Hint.Should().Contain("'recover'");
        (await environment.RecoverAsync(new Progress<string>(), CancellationToken.None)).Should().HaveCount(2);
        (cordoned, scaled) = (string.Empty, string.Empty);
        (await environment.RecoverAsync(new Progress<string>(), CancellationToken.None)).Should().BeEmpty();

        Written().Should().HaveCount(2).And.Contain(line => line.Contains("patch node node-a") && line.Contains("\"unschedulable\":null"))
            .And.Contain(line => line.Contains("patch statefulset server") && line.Contains("\"replicas\":2"));
    }

    [Fact]
    public async Task Comparison_OfWhatFaultsHaveMarked_SeesACordonThatStays()
    {
        var faults = await FaultsAsync();
        (await faults.FindMarksAsync(CancellationToken.None)).Should().BeEmpty();
        _cluster.Kubectl.Answer("get nodes --selector", "node/node-a\n");

        (await faults.FindMarksAsync(CancellationToken.None)).Should().Equal("cordon of node/node-a");
        Written().Should().BeEmpty();
    }

    [Fact]
    public async Task Rights_InSeveralNamespaces_AreAllNamedAtOnce()
    {
        _cluster.Existing = _cluster.Existing with { Helpers = true };
        _cluster.Kubectl.Fail("auth can-i patch statefulsets.apps", string.Empty);

        var refused = (await ExplainAsync(Fault("scale", typeof(IScaleControl), typeof(INetworkControl)))).Refusal;

        refused!.Message.Should().Be("context 'staging' may not: patch statefulsets.apps in spire; patch statefulsets.apps in spire-validation; patch statefulsets.apps/scale in spire-validation. Nothing was changed.");
    }

    [Fact]
    public async Task Run_ThatEnds_UndoesWhatAFaultCouldNot()
    {
        var faults = await FaultsAsync();
        _cluster.Kubectl.Answer("get nodes --selector", "node/node-a\n").Answer("get node node-a", """{ "metadata": { "resourceVersion": "7", "labels": { "validation/cordoned-for": "spire" } } }""")
            .Answer("patch", string.Empty);

        await faults.UndoAsync(CancellationToken.None);

        Written().Should().ContainSingle().Which.Should().Contain("patch node node-a");
    }

    [Fact]
    public async Task Recover_OfSomebodyWhoMayChangeNothing_AsksForNothingElse()
    {
        _cluster.Kubectl.Fail("auth can-i patch", string.Empty);

        (await new ExistingRecovery(_cluster.Kubectl, _cluster.Existing.Roles).UndoAsync(new Progress<string>(), CancellationToken.None)).Should().BeEmpty();

        _cluster.Kubectl.Lines.Should().NotContain(line => line.Contains("get "));
    }

    private static string Set(int replicas, string mark) =>
        $$"""{ "metadata": { "name": "server", "resourceVersion": "7", "labels": { {{mark}} } }, "spec": { "replicas": {{replicas}} } }""";

    private static FaultSpec Fault(string name, params Type[] stackMust) => new()
    {
        Name = $"broken/{name}",
        Kind = new FaultKind
        {
            Name = name,
            Summary = "s",
            Proof = "p",
            Parameters =
            [
                Parameters.Target("target", "Whom."), Parameters.Count("replicas", "How many.", 0, 9, 1), Parameters.Duration("for", "How long.", TimeSpan.Zero, TimeSpan.FromHours(1)),
                Parameters.Duration("grace", "How long.", TimeSpan.Zero, TimeSpan.FromHours(1)),
            ],
            NodesMust = [typeof(IPod)],
            StackMust = stackMust,
        },
        At = TimeSpan.FromSeconds(1),
        Parameters = new ParameterValues(new Dictionary<string, object>
        {
            ["target"] = Selector.TryParse("spire-server-1", out var selector) ? selector : throw new InvalidOperationException(),
            ["replicas"] = 1,
            ["for"] = TimeSpan.FromSeconds(20),
            ["grace"] = TimeSpan.FromSeconds(30),
        }),
        Position = new SourcePosition("s.yaml", 9, 9),
    };

    private async Task<ExistingFaults> FaultsAsync() => new(_cluster.Kubectl, await _cluster.FindAsync(), "run-7", TimeProvider.System);

    private IEnumerable<string> Written() => _cluster.Kubectl.Commands.Zip(_cluster.Kubectl.Lines).Where(one => one.First.Writes).Select(one => one.Second);

    private async Task<ClusterPlan> ExplainAsync(FaultSpec fault)
    {
        var scenario = new Scenario
        {
            Name = "s",
            Question = "Does it hold?",
            Position = new SourcePosition("s.yaml", 1, 1),
            Loads = [],
            Phases = [new PhaseSpec { Name = "broken", Length = TimeSpan.FromMinutes(1), Faults = [fault] }],
            Objectives = [],
        };
        await using var servers = await StandInServers.StartAsync(1);
        _cluster.Write("bundle.pem", servers.FirstAuthorityPem);
        var environment = new ExistingStackEnvironment(_cluster.Options, _cluster.Kubectl, TimeProvider.System);
        await environment.FindAsync(CancellationToken.None);
        return await environment.ExplainAsync(scenario, Planner.Make(scenario, new Seed(1), environment.Name, environment.Describe(scenario.Stack), []), CancellationToken.None);
    }
}

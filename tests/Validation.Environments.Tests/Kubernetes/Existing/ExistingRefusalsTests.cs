using Validation.Core.Faults;
using Validation.Core.Loads;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Kubernetes.Existing;

namespace Validation.Environments.Tests.Kubernetes.Existing;

/// <summary>What a scenario may not ask of a stack that is there already.</summary>
public sealed class ExistingRefusalsTests : IDisposable
{
    private static readonly Parameter<Selector> Target = Parameters.Target("target", "Whom.");

    private readonly OwnersCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task Scenario_ThatOnlyLoadsWhatItNeedsNothingFor_IsNotRefused() =>
        (await RefusalsAsync(Scenario())).Should().BeEmpty();

    [Theory]
    [InlineData(SpireAccess.NodeAuthority, "'attestation' in mine.yaml")]
    [InlineData(SpireAccess.Administrator, "'administrator' in mine.yaml")]
    [InlineData(SpireAccess.WorkloadApi, "sockets are on Kubernetes nodes")]
    public async Task Load_ThatNeedsWhatTheOwnerDidNotGive_IsRefusedWithItsLineAndTheKey(SpireAccess need, string words)
    {
        var refusals = await RefusalsAsync(Scenario(need));

        refusals.Should().ContainSingle().Which.Should().StartWith("s.yaml:4:3: load 'sign' is not possible: driver needs ").And.Contain(words);
    }

    [Fact]
    public async Task Load_ThatHasWhatItNeeds_IsNotRefused()
    {
        _cluster.Existing = _cluster.Existing with { Attestation = new("a", "b"), Administrator = new("c", "d") };

        (await RefusalsAsync(Scenario(SpireAccess.NodeAuthority, SpireAccess.Administrator))).Should().BeEmpty();
    }

    [Fact]
    public async Task Fault_WhenNoneIsPermitted_IsRefusedWithItsLine() =>
        (await RefusalsAsync(Scenario() with { Phases = [Phase("spire-server-1")] })).Should().Equal(
            "s.yaml:9:9: fault 'pod-delete' is not permitted: mine.yaml permits no fault. 'permitted-faults' there would allow it.");

    [Fact]
    public async Task Fault_ThatIsPermitted_IsNotRefused()
    {
        _cluster.Existing = _cluster.Existing with { PermittedFaults = ["pod-delete"] };

        (await RefusalsAsync(Scenario() with { Phases = [Phase("spire-server/any")] })).Should().BeEmpty();
    }

    [Theory]
    [InlineData("spire-agent-2")]
    [InlineData("spire-agent/all")]
    public async Task Fault_InANamespaceWhoseOwnerPermitsLoadAlone_IsRefused(string target)
    {
        _cluster.Existing = _cluster.Existing with { PermittedFaults = ["pod-delete"] };

        (await RefusalsAsync(Scenario() with { Phases = [Phase(target)] })).Should().ContainSingle()
            .Which.Should().Contain("namespace 'agents' of spire-agent").And.Contain("validation/existing-stack=load: its owner permits load alone");
    }

    [Theory]
    [InlineData("Deployment/server", typeof(IScaleControl), "belong to Deployment server, and only of a StatefulSet is it known which pods go")]
    [InlineData("Cluster/server", typeof(IRolloutControl), "belong to Cluster server, which kubectl cannot restart")]
    [InlineData("", typeof(IEvictionControl), "a pod of spire-server belongs to nothing that would make it anew")]
    [InlineData("StatefulSet/server", typeof(IKillable), "a stack that is there already cannot be killed: the API server alone cannot do it. 'helpers: true' in mine.yaml would allow")]
    [InlineData("StatefulSet/server", typeof(IDatabaseCluster), "cannot move its database's primary role: that part of it is its owner's")]
    [InlineData("StatefulSet/server", typeof(INetworkControl), "a stack that is there already cannot have its network cut")]
    public async Task Fault_ThatTheApiServerAloneCannotDo_IsRefusedWithTheReason(string owner, Type needed, string words)
    {
        Permit("pod-delete");
        _cluster.Kubectl.Answer("get pods --selector=app=server", OwnersPod.List(new OwnersPod("server-0") { Owner = owner }));

        (await RefusalsAsync(Scenario() with { Phases = [Phase("spire-server", needed)] })).Should().ContainSingle()
            .Which.Should().StartWith("s.yaml:9:9: fault 'pod-delete' is not possible: ").And.Contain(words);
    }

    [Fact]
    public async Task Fault_OnPodsOfTwoOwners_IsRefused()
    {
        Permit("pod-delete");
        _cluster.Kubectl.Answer(
            "get pods --selector=app=server", OwnersPod.List(new OwnersPod("a-0") { Uid = "a", Owner = "StatefulSet/a" }, new OwnersPod("b-0") { Uid = "b", Owner = "StatefulSet/b" }));

        (await RefusalsAsync(Scenario() with { Phases = [Phase("spire-server")] })).Should().ContainSingle()
            .Which.Should().Contain("belong to StatefulSet a and StatefulSet b, and must all belong to one");
    }

    [Fact]
    public async Task Stack_WithMoreThanThereIs_IsRefused_AndWithFewerIsNot()
    {
        var refusals = await RefusalsAsync(Scenario() with { Stack = Stated((Roles.SpireServer, 3), (Roles.SpireAgent, 1), (Roles.Postgres, 2), (Roles.Workload, 1)) });

        refusals.Should().Equal(
            "s.yaml:2:3: the scenario asks for 3 spire-server, and namespace 'spire' has 2 by app=server.",
            "s.yaml:2:3: the scenario asks for postgres, and 'roles' in mine.yaml does not say by what it is found.");
    }

    [Fact]
    public async Task Stack_WithSettingsOfSpire_IsRefused() =>
        (await RefusalsAsync(Scenario() with { Stack = Stated(("spire", 0)) })).Should().ContainSingle().Which.Should().Contain("set in its own configuration");

    [Fact]
    public async Task Differences_OfTheNumberOfNodes_AreSaid() =>
        ExistingPlanner.Differences(StackSpec.Default, await _cluster.FindAsync()).Should().Equal(
            "2 spire-server, where the scenario would have 3: it runs with those that are there");

    private static StackSpec Stated(params (string Role, int Count)[] stated)
    {
        var counts = new Dictionary<string, int>(StackSpec.Default.Counts);
        foreach (var (role, count) in stated)
        {
            counts[role] = count;
        }

        return new StackSpec { Counts = counts, Stated = stated.ToDictionary(one => one.Role, _ => new SourcePosition("s.yaml", 2, 3)) };
    }

    private void Permit(string fault) => _cluster.Existing = _cluster.Existing with { PermittedFaults = [fault] };

    private static PhaseSpec Phase(string target, params Type[] stackMust) => new()
    {
        Name = "broken",
        Length = TimeSpan.FromSeconds(10),
        Faults =
        [
            new FaultSpec
            {
                Name = "broken/pod-delete",
                Kind = new FaultKind { Name = "pod-delete", Summary = "s", Proof = "p", Parameters = [Target], StackMust = stackMust },
                At = TimeSpan.FromSeconds(1),
                Parameters = new ParameterValues(new Dictionary<string, object> { ["target"] = SelectorOf(target) }),
                Position = new SourcePosition("s.yaml", 9, 9),
            },
        ],
    };

    private static Selector SelectorOf(string text) =>
        Selector.TryParse(text, out var selector) ? selector : throw new ArgumentException(text, nameof(text));

    private static Scenario Scenario(params SpireAccess[] needs) => new()
    {
        Name = "s",
        Question = "Does it hold?",
        Position = new SourcePosition("s.yaml", 1, 1),
        Loads =
        [
            new LoadSpec { Name = "sign", Driver = new DriverKind("driver", "s", []) { Needs = needs }, Arrivals = new Rate(5), Position = new SourcePosition("s.yaml", 4, 3) },
        ],
        Phases = [],
        Objectives = [],
    };

    private async Task<IReadOnlyList<string>> RefusalsAsync(Scenario scenario) =>
        [.. new ExistingRefusals(_cluster.Existing, await _cluster.FindAsync()).Of(scenario).Select(refusal => refusal.ToString())];
}

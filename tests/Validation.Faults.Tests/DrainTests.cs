using Validation.Core;
using Validation.Core.Faults;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class DrainTests : FaultTest
{
    private const string Budget = "Cannot evict pod as it would violate the pod's disruption budget.";

    private readonly FakeCluster _cluster = new();

    [Fact]
    public async Task Drain_APodThatMayLeave_IsProvenByWhereItIsNow()
    {
        await using var injection = await DrainAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(
            Proof.Proven("The API server shows node-b as unschedulable. Evicted: spire-server-2 (now on node-a)."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);

        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(
            Proof.Proven("The API server shows node-b as schedulable. spire-server-2 ready, each in another pod than before."));
        _cluster.Evictions.Should().Equal(["spire-server-2"], "the pods of other Kubernetes nodes are nobody's business");
    }

    [Fact]
    public async Task Drain_APodThatFindsNoOtherPlace_SaysSoAndIsHealedWhenItIsBack()
    {
        _cluster.Servers[1].StaysAway = true;
        await using var injection = await DrainAsync();
        _cluster.Servers[1].KubernetesNode = null;

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().EndWith(
            "Evicted: spire-server-2 (on no Kubernetes node: BackOff (its pod is gone)).");
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);

        _cluster.Servers[1].Come("node-b");

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Drain_EveryPodRefusedByItsBudget_IsNotProvenAndSaysWhy()
    {
        _cluster.Budgets["spire-server-2"] = Budget;

        await using var injection = await DrainAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(
            Proof.NotYet($"No pod could be evicted. Refused: spire-server-2: {Budget}"));
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("The API server shows node-b as schedulable."));
    }

    [Fact]
    public async Task Drain_SomePodsRefused_IsProvenAndTellsWhoStays()
    {
        _cluster.Servers[2].KubernetesNode = "node-b";
        _cluster.Budgets["spire-server-3"] = Budget;

        await using var injection = await DrainAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven(
            $"The API server shows node-b as unschedulable. Evicted: spire-server-2 (now on node-a). Refused: spire-server-3: {Budget}"));
    }

    [Fact]
    public async Task Drain_ABudgetThatAllowsItLater_IsAskedAgain()
    {
        _cluster.Budgets["spire-server-2"] = Budget;
        await using var injection = await DrainAsync();

        _cluster.Budgets.Clear();
        Clock.Advance(TimeSpan.FromSeconds(5));
        SpinWait.SpinUntil(() => _cluster.Evictions.Count == 2, TimeSpan.FromSeconds(10)).Should().BeTrue();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Drain_APodThatTheApiServerStillHas_IsNotProven()
    {
        _cluster.Servers[1].Lingering.Add("spire-server-2-pod-1");

        await using var injection = await DrainAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Drain_ACordonThatDoesNotShow_IsNotProven()
    {
        _cluster.IgnoresCordons = true;

        await using var injection = await DrainAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("The API server does not show node-b as unschedulable."));
    }

    [Fact]
    public async Task Drain_APodThatComesBackThere_IsRefuted()
    {
        await using var injection = await DrainAsync();
        _cluster.Servers[1].KubernetesNode = "node-b";

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Refuted("spire-server-2 is on node-b again, which was drained."));
    }

    [Fact]
    public async Task Drain_LiftedBySomebodyElse_IsRefuted()
    {
        await using var injection = await DrainAsync();
        _cluster.Closed.Clear();

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public async Task Drain_WhenDisposed_OpensTheKubernetesNode()
    {
        _cluster.Budgets["spire-server-2"] = Budget;
        await (await DrainAsync()).DisposeAsync();

        _cluster.Closed.Should().BeEmpty();
    }

    [Fact]
    public async Task Drain_AnEvictionThatFails_LeavesNothingClosed()
    {
        _cluster.Servers[1].PodUid = null;
        _cluster.EvictionFails = new HarnessException(ExitCode.EnvironmentFailed, "pods/eviction is forbidden");

        await FluentActions.Awaiting(DrainAsync).Should().ThrowAsync<HarnessException>().WithMessage("pods/eviction is forbidden");

        _cluster.Closed.Should().BeEmpty();
    }

    private Task<IInjection> DrainAsync() => InjectAsync(_cluster, new Drain(Clock), ("target", "spire-server-2"), ("for", "20s"));
}

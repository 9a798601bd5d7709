using Validation.Core;
using Validation.Core.Faults;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class CordonTests : FaultTest
{
    private readonly FakeCluster _cluster = new();

    [Fact]
    public async Task Cordon_ForAWhile_ClosesTheKubernetesNodeUnderTheTarget()
    {
        await using var injection = await InjectAsync(_cluster, new Cordon(), ("target", "spire-server-2"), ("for", "20s"));

        _cluster.Closed.Should().Equal("node-b");
        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("The API server shows node-b as unschedulable."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet, "it is still closed");

        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("The API server shows node-b as schedulable."));
        _cluster.Evictions.Should().BeEmpty("what runs there goes on");
    }

    [Fact]
    public async Task Cordon_TwoTargetsOnOneKubernetesNode_ClosesItOnce()
    {
        _cluster.Servers[2].KubernetesNode = "node-b";

        await using var injection = await InjectAsync(_cluster, new Cordon(), ("target", "spire-server"), ("for", "20s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().Contain("node-a, node-b as");
    }

    [Fact]
    public async Task Cordon_ThatDoesNotShow_IsNotProven()
    {
        _cluster.IgnoresCordons = true;

        await using var injection = await InjectAsync(_cluster, new Cordon(), ("target", "spire-server-2"), ("for", "20s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("The API server does not show node-b as unschedulable."));
    }

    [Fact]
    public async Task Cordon_LiftedBySomebodyElse_IsRefuted()
    {
        await using var injection = await InjectAsync(_cluster, new Cordon(), ("target", "spire-server-2"), ("for", "20s"));
        _cluster.Closed.Clear();

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public async Task Cordon_WhenDisposed_IsLifted()
    {
        await (await InjectAsync(_cluster, new Cordon(), ("target", "spire-server"), ("for", "20s"))).DisposeAsync();

        _cluster.Closed.Should().BeEmpty();
    }

    [Fact]
    public async Task Cordon_ATargetOnNoKubernetesNode_IsRefused()
    {
        _cluster.Servers[1].KubernetesNode = null;

        var act = () => InjectAsync(_cluster, new Cordon(), ("target", "spire-server-2"), ("for", "20s"));

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("spire-server-2 is on no Kubernetes node: *");
    }
}

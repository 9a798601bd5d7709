using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class PodDeleteTests : FaultTest
{
    private readonly FakeCluster _cluster = new();

    [Fact]
    public async Task PodDelete_APodThatIsReplaced_IsProvenByItsIdAndHealsInAnother()
    {
        await using var injection = await InjectAsync(_cluster, new PodDelete(), ("target", "spire-server-2"));

        (await injection.ProveInjectedAsync(CancellationToken.None))
            .Should().Be(Proof.Proven("spire-server-2 deleted; the API server has no pods of these ids any more."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-server-2 ready, each in another pod than before."));
        injection.Length.Should().Be(TimeSpan.Zero);
        _cluster.Servers[1].Deletions.Should().Equal(TimeSpan.FromSeconds(30));
        _cluster.Servers[0].Deletions.Should().BeEmpty();
    }

    [Fact]
    public async Task PodDelete_WithoutGrace_IsByForce()
    {
        await using var injection = await InjectAsync(_cluster, new PodDelete(), ("target", "spire-server"), ("grace", "0s"));

        _cluster.Servers.Should().OnlyContain(server => server.Deletions.Single() == TimeSpan.Zero);
    }

    [Fact]
    public async Task PodDelete_APodThatTheApiServerStillHas_IsNotProven()
    {
        _cluster.Servers[1].Lingering.Add("spire-server-2-pod-1");

        await using var injection = await InjectAsync(_cluster, new PodDelete(), ("target", "spire-server-2"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("The API server still has the pod of spire-server-2."));
    }

    [Fact]
    public async Task PodDelete_APodThatNobodyReplaces_IsNotHealed()
    {
        _cluster.Servers[1].StaysAway = true;

        await using var injection = await InjectAsync(_cluster, new PodDelete(), ("target", "spire-server-2"));

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("spire-server-2 is BackOff (its pod is gone)."));
    }

    [Fact]
    public async Task PodDelete_TheSamePodAgain_IsNotHealed()
    {
        await using var injection = await InjectAsync(_cluster, new PodDelete(), ("target", "spire-server-2"));
        _cluster.Servers[1].PodUid = "spire-server-2-pod-1";

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet, "ready is not enough");
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task PodDelete_ANodeWithoutAPod_DeletesNone()
    {
        _cluster.Servers[2].PodUid = null;

        var act = () => InjectAsync(_cluster, new PodDelete(), ("target", "spire-server/all"));

        (await act.Should().ThrowAsync<HarnessException>()).WithMessage("spire-server-3 had no pod before anything was done: *");
        _cluster.Servers.Should().OnlyContain(server => server.Deletions.Count == 0);
    }

    [Fact]
    public void PodDelete_WhereNodesAreNoPods_IsRefused() => new PodDelete().Kind.NodesMust.Should().Equal(typeof(IPod));
}

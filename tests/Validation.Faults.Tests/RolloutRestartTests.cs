using Validation.Core.Faults;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class RolloutRestartTests : FaultTest
{
    private readonly FakeCluster _cluster = new();

    [Fact]
    public async Task RolloutRestart_OnePodAfterTheOther_IsInForceWithTheFirstAndOverWithTheLast()
    {
        await using var injection = await InjectAsync(_cluster, new RolloutRestart(), ("target", "spire-server/all"));
        _cluster.Rollouts.Should().Equal("spire-server");

        _cluster.Servers[2].Leave();
        (await injection.ProveInjectedAsync(CancellationToken.None))
            .Should().Be(Proof.Proven("spire-server-3 of 3 in another pod than before; the rollout goes on."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);

        _cluster.Servers[1].Leave();
        _cluster.Servers[0].Leave();
        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Proven("All 3 pods were replaced."));
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task RolloutRestart_ThatReplacesNothing_IsNotProven()
    {
        await using var injection = await InjectAsync(_cluster, new RolloutRestart(), ("target", "spire-server"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("No pod was replaced yet."));
    }

    [Fact]
    public async Task RolloutRestart_APodThatIsOnlyGone_DoesNotCountAsReplaced()
    {
        _cluster.Servers[2].StaysAway = true;
        await using var injection = await InjectAsync(_cluster, new RolloutRestart(), ("target", "spire-server"));

        _cluster.Servers[2].Leave();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
        (await injection.ProveHeldAsync(CancellationToken.None)).Statement.Should().Contain("0 of 3").And.Contain("spire-server-3 is BackOff (its pod is gone)");
    }

    [Fact]
    public async Task RolloutRestart_APodThatDoesNotGetReady_IsNotHealed()
    {
        await using var injection = await InjectAsync(_cluster, new RolloutRestart(), ("target", "spire-server"));
        foreach (var server in _cluster.Servers)
        {
            server.Leave();
        }

        _cluster.Servers[0].Status = _cluster.Servers[0].Status with { State = Core.Stacks.NodeState.Starting };

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("spire-server-1 is Starting."));
    }

    [Theory]
    [InlineData("spire-server-2")]
    [InlineData("spire-server/any")]
    [InlineData("postgres/primary")]
    public void RolloutRestart_OfLessThanARole_IsNotAllowed(string target)
    {
        var parameter = new RolloutRestart().Kind.Parameters.Single();

        parameter.Read(target).Should().BeNull();
        parameter.Allowed.Should().Be("a whole role, such as spire-server");
    }
}

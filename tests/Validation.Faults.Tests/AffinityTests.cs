using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class AffinityTests : FaultTest
{
    [Fact]
    public async Task Affinity_OneAddressReachesOneServer_IsProvenHeldAndHealed()
    {
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Proven("64 connections from one address all reach spire-server-1."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("Connections from one address reach only spire-server-1."));
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(
            Proof.Proven("Connections from one address reach spire-server-1, spire-server-2, spire-server-3 again."));
    }

    [Fact]
    public async Task Affinity_ABalancerThatDoesNotObey_IsNotProven()
    {
        Stack.BalancerIgnoresOrders = true;
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Affinity_OfARunThatIsEnded_IsTakenBack()
    {
        await (await InjectAsync()).DisposeAsync();

        Stack.HasAffinity.Should().BeFalse();
    }

    [Fact]
    public async Task Affinity_ThatEndsTooEarly_DidNotHold()
    {
        await using var injection = await InjectAsync();
        Stack.HasAffinity = false;

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public void Affinity_OfOneServer_IsRefused()
    {
        var injector = new Affinity();
        var shape = new StackShape([new("spire-server-1", Roles.SpireServer, new HashSet<Type>())], new HashSet<Type>());

        injector.Kind.Objection(Spec(injector, ("for", "5s")), shape).Should().Be("the load balancer needs two SPIRE servers to choose from");
    }

    private Task<IInjection> InjectAsync() => InjectAsync(new Affinity(), ("for", "8s"));
}

using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class BackendFlappingTests : FaultTest
{
    [Fact]
    public async Task Flapping_ABackEndThatGoesDownAgainAndAgain_IsProvenHeldAndHealed()
    {
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet, "once is not again and again");
        Stack.BackEnd = new BackEndState(IsUp: true, Stack.BackEnd.TimesDown + 2);
        (await injection.ProveHeldAsync(CancellationToken.None)).Statement.Should().Be("The load balancer has taken spire-server-1 for down 3 times, 2s apart.");
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Flapping_ABalancerThatDoesNotObey_IsNotProven()
    {
        Stack.BalancerIgnoresOrders = true;
        await using var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Flapping_ABalancerThatWasStartedAgain_IsRefuted()
    {
        await using var injection = await InjectAsync();
        Stack.BackEnd = new BackEndState(IsUp: true, 0);

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public async Task Flapping_ABackEndThatStaysDown_IsNotHealed()
    {
        await using var injection = await InjectAsync();
        await injection.HealAsync(CancellationToken.None);

        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Theory]
    [InlineData("pooler", "the load balancer has no back end pooler-1")]
    [InlineData("spire-server", null)]
    [InlineData("postgres-1", null)]
    public void Flapping_OfWhatIsBehindNoBalancer_IsRefused(string target, string? objection)
    {
        var injector = new BackendFlapping(Clock);
        var shape = new StackShape([new("pooler-1", Roles.Pooler, new HashSet<Type>()), new("spire-server-1", Roles.SpireServer, new HashSet<Type>()), new("postgres-1", Roles.Postgres, new HashSet<Type>())], new HashSet<Type>());

        injector.Kind.Objection(Spec(injector, ("target", target), ("for", "5s")), shape).Should().Be(objection);
    }

    private Task<IInjection> InjectAsync() => InjectAsync(new BackendFlapping(Clock), ("target", "spire-server-1"), ("period", "2s"), ("for", "8s"));
}

using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class AuthorityRotationTests : FaultTest
{
    [Fact]
    public async Task Rotation_ThroughRevocation_TakesEachStepAfterAPauseAndIsProven()
    {
        await using var injection = await InjectAsync(new AuthorityRotation(Clock), ("target", "spire-server-2"), ("through", "revoke"), ("pause", "8s"));
        Stack.Spire.Orders.Should().Equal("spire-server-2 Prepare");
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);

        Clock.Advance(TimeSpan.FromSeconds(8));
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.NotYet("spire-server-2 has activated spire-se."));
        Clock.Advance(TimeSpan.FromSeconds(16));

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        Stack.Spire.Orders.Skip(1).Should().Equal("spire-server-2 Activate spire-server-2-new", "spire-server-2 Taint spire-server-2-old", "spire-server-2 Revoke spire-server-2-old");
    }

    [Fact]
    public async Task Rotation_AServerThatDoesNotLearnOfTheNewAuthority_NothingIsActivated()
    {
        Stack.Spire.Blind.Add("spire-server-3");
        await using var injection = await InjectAsync(new AuthorityRotation(Clock), ("target", "spire-server-1"));

        Clock.Advance(TimeSpan.FromSeconds(31));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Refuted("The bundle of spire-server-3 has no spire-se. (30s after it was prepared)"));
        Stack.Spire.Orders.Should().Equal("spire-server-1 Prepare");
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-server-1 has activated nothing."));
    }

    [Fact]
    public async Task Rotation_BundlesAreIgnored_ActivatesWhatNoBundleHas()
    {
        Stack.Spire.Blind.Add("spire-server-3");
        await using var injection = await InjectAsync(new AuthorityRotation(Clock), ("target", "spire-server-1"), ("bundles", "ignored"), ("pause", "0s"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.Proven("spire-server-1 goes on with spire-se; nobody looked at bundles."));
    }

    [Fact]
    public async Task Rotation_AServerThatDoesNotAnswerForAWhile_ActivatesWhenItDoesAgain()
    {
        await using var injection = await InjectAsync(new AuthorityRotation(Clock), ("target", "spire-server-1"), ("pause", "8s"));
        Stack.Spire.Down.Add("spire-server-1");
        Clock.Advance(TimeSpan.FromSeconds(8));
        Stack.Spire.Orders.Should().Equal("spire-server-1 Prepare");

        Stack.Spire.Down.Clear();
        Clock.Advance(TimeSpan.FromSeconds(1));

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Rotation_AServerThatSignsWithTheOldAuthority_IsRefuted()
    {
        await using var injection = await InjectAsync(new AuthorityRotation(Clock), ("target", "spire-server-1"), ("pause", "0s"));
        Stack.Spire.SignsWithTheOldOne = true;

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public async Task Rotation_ARevokedAuthorityThatIsInABundleAgain_IsNotHealed()
    {
        await using var injection = await InjectAsync(new AuthorityRotation(Clock), ("target", "spire-server-1"), ("through", "revoke"), ("pause", "0s"));
        Stack.Spire.Bundle.Add(new TrustedAuthority("spire-server-1-old", true));

        (await injection.ProveHealedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("In the bundle of spire-server-1 spire-se is tainted."));
    }

    [Fact]
    public async Task Rotation_AServerThatDoesNotAnswer_IsRefutedWithItsReason()
    {
        Stack.Spire.Down.Add("spire-server-1");
        await using var injection = await InjectAsync(new AuthorityRotation(Clock), ("target", "spire-server-1"));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Refuted("spire-server-1 does not answer."));
    }

    [Fact]
    public void Rotation_OfANodeThatIsNoServer_IsRefused() =>
        new AuthorityRotation(Clock).Kind.Objection(
            Spec(new AuthorityRotation(Clock), ("target", "pooler-1")), new StackShape([new NodeShape("pooler-1", Roles.Pooler, new HashSet<Type>())], new HashSet<Type>()))
            .Should().Be("pooler-1 is no SPIRE server");
}

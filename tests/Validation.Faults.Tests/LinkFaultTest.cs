using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

/// <summary>What must hold of every fault that makes links worse.</summary>
public abstract class LinkFaultTest : FaultTest
{
    private protected abstract IFaultInjector Fault { get; }

    /// <summary>Gets the fault's own parameters.</summary>
    protected abstract (string Name, string Text)[] Own { get; }

    /// <summary>Gets what was done to the network.</summary>
    protected FakeImpairment Done => Stack.Impairments.Single();

    [Fact]
    public async Task Fault_IsAsOrdered_IsProvenHeldAndHealed()
    {
        var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().Contain("7 of 100 packets").And.EndWith("unharmed.");
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet, "it is still in force");

        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public Task Fault_IsNotDueYet_LooksAndChangesNothing() => ExpectNothingBeforeItIsDueAsync(() => InjectAsync(), Stack.Impairments);

    [Fact]
    public async Task Fault_NothingIsDoneToPackets_IsNotProven()
    {
        Stack.ImpairmentsLeak = true;
        var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Fault_LapsesLater_IsNotProvenToTheEnd()
    {
        var injection = await InjectAsync();
        await injection.ProveInjectedAsync(CancellationToken.None);
        Stack.ImpairmentsLeak = true;

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Fault_HitsABystander_IsNotProven()
    {
        var injection = await InjectAsync();
        Stack.ImpairmentsSpread = true;

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().StartWith("More than was ordered");
    }

    [Fact]
    public async Task Fault_IsBroken_IsRefutedWithItsReason()
    {
        var injection = await InjectAsync();
        Done.Broken = "the impairer has ended";

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.Refuted("the impairer has ended"));
        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Refuted("the impairer has ended"));
    }

    [Fact]
    public async Task Fault_NothingIsCounted_IsNotProven()
    {
        var injection = await InjectAsync();
        Done.CountsNothing = true;

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().StartWith("Nothing was counted on");
    }

    [Fact]
    public async Task Fault_LinkIsDownAlready_IsRefused()
    {
        Stack.Dead.Add(new Link(Stack.Servers[0], Stack.Pooler));

        await this.Invoking(test => test.InjectAsync()).Should().ThrowAsync<HarnessException>().WithMessage("spire-server-1 → pooler-1* was in no good state*");
        Stack.Impairments.Should().BeEmpty();
    }

    [Fact]
    public async Task Fault_OfOnePort_IsAboutThatPortAlone()
    {
        var injection = await InjectAsync(("port", "8081"));

        var proof = await injection.ProveInjectedAsync(CancellationToken.None);

        Done.Traffic.Should().OnlyContain(traffic => traffic.Port == 8081);
        proof.State.Should().Be(ProofState.Proven);
        proof.Statement.Should().EndWith(" spire-server-1 → pooler-1 unharmed.", "the bystander is the same link at another port");
    }

    protected Task<IInjection> InjectAsync(params (string Name, string Text)[] more) =>
        InjectAsync(Fault, [("target", "spire-server-1"), ("from", "pooler"), ("for", "5s"), .. Own.ExceptBy(more.Select(one => one.Name), one => one.Name), .. more]);
}

using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public class DnsOutageTests : FaultTest
{
    private static readonly CancellationToken None = CancellationToken.None;

    public DnsOutageTests() => Stack.NameServer = new FakeNode("dns-1", Roles.Dns);

    private FakeNode Server => Stack.NameServer!;

    [Fact]
    public async Task DnsOutage_ByDefault_CutsTheWayOfEveryNodeToTheNameServerAndNoOther()
    {
        await SilenceAsync();

        Stack.Cuts.Single().Links.Should().BeEquivalentTo(Stack.Nodes.Where(node => node != Server).Select(node => new Link(node, Server)));
    }

    [Fact]
    public Task DnsOutage_IsNotDueYet_CutsNothing() => ExpectNothingBeforeItIsDueAsync(() => SilenceAsync(), Stack.Cuts);

    [Fact]
    public async Task DnsOutage_OfTargets_LeavesTheOthersTheirAnswers()
    {
        await SilenceAsync(("target", "spire-server-1"));

        Stack.Cuts.Single().Links.Should().Equal(new Link(Stack.Servers[0], Server));
        (await Stack.TryLookUpAsync(Stack.Servers[1], None)).Should().BeTrue();
    }

    [Fact]
    public async Task DnsOutage_NobodyAnswersAndTheKernelCounts_IsProvenAndHeldAndHealed()
    {
        var injection = await SilenceAsync(("target", "spire-server-1"));

        (await injection.ProveInjectedAsync(None)).Should().Be(
            Proof.Proven("No answer to spire-server-1; the kernel dropped 3 packets, some of each. spire-server-1 → postgres-1 unharmed."));
        (await injection.ProveHeldAsync(None)).State.Should().Be(ProofState.Proven);
        await injection.HealAsync(None);
        (await injection.ProveHealedAsync(None)).Should().Be(Proof.Proven("Answered again: spire-server-1."));
    }

    [Fact]
    public async Task DnsOutage_AnswersComeAllTheSame_IsNotProven()
    {
        var injection = await SilenceAsync(("target", "spire-server-1"));
        Stack.CutsLeak = true;

        (await injection.ProveInjectedAsync(None)).Should().Be(Proof.NotYet("Still answered: spire-server-1."));
        (await injection.ProveHeldAsync(None)).State.Should().NotBe(ProofState.Proven);
    }

    [Fact]
    public async Task DnsOutage_NobodyAnswersAndTheKernelCountsNothing_IsNotProven()
    {
        var injection = await SilenceAsync(("target", "spire-server-1"));
        Stack.Cuts.Single().CountsNothing = true;

        (await injection.ProveInjectedAsync(None)).Should().Be(Proof.NotYet("The kernel has counted no dropped packet of spire-server-1."));
    }

    [Fact]
    public async Task DnsOutage_OtherWaysAreCutToo_IsNotProven()
    {
        var injection = await SilenceAsync(("target", "spire-server-1"));
        Stack.Dead.Add(new Link(Stack.Servers[0], Stack.Databases[0]));

        (await injection.ProveInjectedAsync(None)).Statement.Should().StartWith("More than the way to the name server is cut");
    }

    [Fact]
    public async Task DnsOutage_ItsLeaseLapsed_IsRefuted()
    {
        var injection = await SilenceAsync();
        Stack.Cuts.Single().Broken = "The lease ran out at 12:00:07.";

        (await injection.ProveHeldAsync(None)).Should().Be(Proof.Refuted("The lease ran out at 12:00:07."));
    }

    [Fact]
    public async Task DnsOutage_TheNameServerStaysSilentAfterTheHeal_IsNotProvenOver()
    {
        var injection = await SilenceAsync();
        await injection.HealAsync(None);
        Stack.Dead.Add(new Link(Stack.Pooler, Server));

        (await injection.ProveHealedAsync(None)).Should().Be(Proof.NotYet("Not answered yet: pooler-1."));
    }

    [Fact]
    public async Task DnsOutage_OfANameServerThatWasSilentBefore_IsRefused()
    {
        Stack.Dead.Add(new Link(Stack.Pooler, Server));

        await this.Invoking(test => test.SilenceAsync()).Should().ThrowAsync<HarnessException>()
            .WithMessage("dns-1 did not answer pooler-1 before anything was done to it.");
        Stack.Cuts.Should().BeEmpty();
    }

    private Task<IInjection> SilenceAsync(params (string Name, string Text)[] parameters) => InjectAsync(new DnsOutage(), [.. parameters, ("for", "5s")]);
}

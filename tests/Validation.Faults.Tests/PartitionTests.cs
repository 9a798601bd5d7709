using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public class PartitionTests : FaultTest
{
    [Fact]
    public async Task Partition_BothWays_CutsBothDirectionsOfEveryPairAndNoOther()
    {
        await CutAsync(("target", "spire-server/all-but-one"), ("from", "pooler"));

        var cut = Stack.Cuts.Single().Links;
        cut.Should().HaveCount(4).And.OnlyContain(link => link.From == Stack.Pooler || link.To == Stack.Pooler);
    }

    [Theory]
    [InlineData("from-target", "spire-server-1 → pooler-1")]
    [InlineData("to-target", "pooler-1 → spire-server-1")]
    public async Task Partition_OneWay_CutsThatDirectionOnly(string direction, string link)
    {
        await CutAsync(("target", "spire-server-1"), ("from", "pooler"), ("direction", direction));

        Stack.Cuts.Single().Links.Select(cut => cut.ToString()).Should().Equal(link);
    }

    [Fact]
    public async Task Partition_PacketsGetAroundItByAnotherWay_IsNotProven()
    {
        var injection = await CutAsync(("target", "spire-server-1"), ("from", "pooler"));
        Stack.Aside.Add(new Link(Stack.Servers[0], Stack.Pooler));

        (await injection.ProveInjectedAsync(CancellationToken.None)).Should().Be(Proof.NotYet("Datagrams get around the cut by another way: spire-server-1 → pooler-1."));
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public Task Partition_IsNotDueYet_CutsNothing() => ExpectNothingBeforeItIsDueAsync(() => CutAsync(), Stack.Cuts);

    [Fact]
    public async Task Partition_OfAShape_DividesTargetsAndOthersAsOneGroup()
    {
        await CutAsync(("target", "postgres"), ("from", "pooler"), ("shape", "isolate-one"));

        var cut = Stack.Cuts.Single().Links;
        cut.Should().HaveCount(4);
        cut.SelectMany(link => new[] { link.From, link.To }).GroupBy(node => node).Should().ContainSingle(group => group.Count() == 4, "one node is on every link");
    }

    [Theory]
    [InlineData("between", "from-target", false)]
    [InlineData("ring", "both-ways", false)]
    [InlineData("ring", "from-target", true)]
    public void Partition_OfAShapeOneWay_IsObjectedTo(string shape, string direction, bool isObjectedTo)
    {
        var partition = new Partition();
        var spec = Spec(partition, ("target", "postgres"), ("from", "pooler"), ("shape", shape), ("direction", direction), ("for", "5s"));

        (partition.Kind.Objection(spec, new StackShape([], new HashSet<Type>())) is not null).Should().Be(isObjectedTo);
    }

    [Fact]
    public async Task Partition_NothingArrivesAndTheKernelCounts_IsProven()
    {
        var injection = await CutAsync();

        var proof = await injection.ProveInjectedAsync(CancellationToken.None);

        proof.State.Should().Be(ProofState.Proven);
        proof.Statement.Should().Contain("3 packets spire-server-1 → pooler-1").And.Contain("3 packets pooler-1 → spire-server-1").And.Contain("unharmed");
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Partition_ItsRuleWasRemovedBehindTheHarnessBack_IsNotProven()
    {
        var injection = await CutAsync();
        Stack.CutsLeak = true;

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Partition_ItsRuleWasRemovedLater_IsRefuted()
    {
        var injection = await CutAsync();
        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
        Stack.CutsLeak = true;

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Refuted);
    }

    [Fact]
    public async Task Partition_ItsLeaseLapsed_IsRefuted()
    {
        var injection = await CutAsync();
        await injection.ProveInjectedAsync(CancellationToken.None);
        Stack.Cuts.Single().Broken = "The lease ran out at 12:00:07.";

        (await injection.ProveHeldAsync(CancellationToken.None)).Should().Be(Proof.Refuted("The lease ran out at 12:00:07."));
    }

    [Fact]
    public async Task Partition_TheKernelCountsNothing_IsNotProven()
    {
        var injection = await CutAsync();
        Stack.Cuts.Single().CountsNothing = true;

        var proof = await injection.ProveInjectedAsync(CancellationToken.None);

        proof.State.Should().Be(ProofState.NotYet);
        proof.Statement.Should().StartWith("The kernel has counted no dropped packet on");
    }

    [Fact]
    public async Task Partition_ByOneWhoDoesNotCount_IsProvenByDatagramsAloneAndSaysSo()
    {
        var injection = await CutAsync();
        Stack.Cuts.Single().CountsPackets = false;

        var proof = await injection.ProveInjectedAsync(CancellationToken.None);

        proof.State.Should().Be(ProofState.Proven);
        proof.Statement.Should().Contain("nobody counts").And.Contain("connections from before may live on");
        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);
    }

    [Fact]
    public async Task Partition_ByOneWhoDoesNotCountAndNobodyEnforces_IsNotProven()
    {
        var injection = await CutAsync();
        Stack.Cuts.Single().CountsPackets = false;
        Stack.CutsLeak = true;

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Partition_ACutThatHitsBystandersToo_IsNotProven()
    {
        var injection = await CutAsync();
        foreach (var node in Stack.Nodes)
        {
            Stack.Dead.Add(new Link(Stack.Servers[0], node));
        }

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().StartWith("The cut is wider than ordered");
    }

    [Fact]
    public async Task Partition_AReceiverThatHearsNobodyAnyMore_IsNotProven()
    {
        // As a plugin does it that takes a policy about one pod for one about all pods.
        var injection = await CutAsync();
        foreach (var node in Stack.Nodes.Where(node => node != Stack.Pooler))
        {
            Stack.Dead.Add(new Link(node, Stack.Pooler));
        }

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().StartWith("The cut is wider than ordered");
    }

    [Fact]
    public async Task Partition_ALinkThatWasDownBefore_IsRefused()
    {
        Stack.Dead.Add(new Link(Stack.Pooler, Stack.Servers[0]));

        await this.Invoking(test => test.CutAsync()).Should().ThrowAsync<HarnessException>()
            .WithMessage("pooler-1 → spire-server-1 was unreachable before anything was cut.");
        Stack.Cuts.Should().BeEmpty();
    }

    [Fact]
    public async Task Partition_ANodeFromItself_IsRefused() =>
        await this.Invoking(test => test.CutAsync(("target", "pooler"), ("from", "pooler-1"))).Should().ThrowAsync<HarnessException>();

    [Fact]
    public async Task Partition_AfterItsHeal_IsProvenOverWhenDatagramsArrive()
    {
        var injection = await CutAsync();
        await injection.HealAsync(CancellationToken.None);
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.Proven);

        Stack.Dead.Add(new Link(Stack.Servers[0], Stack.Pooler));
        (await injection.ProveHealedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    private Task<IInjection> CutAsync() => CutAsync(("target", "spire-server-1"), ("from", "pooler"));

    private Task<IInjection> CutAsync(params (string Name, string Text)[] parameters) =>
        InjectAsync(new Partition(), [.. parameters, ("for", "5s")]);
}

using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Core.Tests.Running;

public class TargetResolverTests
{
    private readonly FakeStack _stack = new();
    private readonly TargetResolver _resolver = new(new Seed(3));

    [Fact]
    public async Task AtFireTimeAsync_Primary_IsWhoeverIsPrimaryNow()
    {
        _stack.Promote(_stack.Databases[1]);

        (await ResolveAsync("postgres/primary")).Should().Equal("postgres-2");
        (await ResolveAsync("postgres/replica")).Should().Equal("postgres-1");
    }

    [Fact]
    public void SeedOf_AFault_FollowsFromTheRunsSeedAndItsName()
    {
        _resolver.SeedOf("cut/loss").Should().Be(new TargetResolver(new Seed(3)).SeedOf("cut/loss"));
        _resolver.SeedOf("cut/loss").Should().NotBe(_resolver.SeedOf("cut/delay")).And.NotBe(new TargetResolver(new Seed(4)).SeedOf("cut/loss"));
    }

    [Fact]
    public async Task AtFireTimeAsync_NobodyIsPrimary_IsRefused()
    {
        _stack.Members = [FakeStack.Member(_stack.Databases[0], DatabaseRole.Unknown, null, "starting")];

        await this.Invoking(test => test.ResolveAsync("postgres/primary")).Should().ThrowAsync<HarnessException>()
            .WithMessage("*no database node is a primary right now; seen: postgres-1 starting*");
    }

    [Fact]
    public async Task AtFireTimeAsync_TheServerOfAnAgent_IsTheOneItIsConnectedToNow()
    {
        _stack.AgentNodes.Add(FakeStack.Node("spire-agent-1"));
        _stack.ServersOfAgents.Add(_stack.Servers[2]);

        (await ResolveAsync("spire-server/of-spire-agent-1")).Should().Equal("spire-server-3");
    }

    [Fact]
    public async Task AtFireTimeAsync_AnAgentWithoutAServer_IsRefused()
    {
        _stack.AgentNodes.Add(FakeStack.Node("spire-agent-1"));

        await this.Invoking(test => test.ResolveAsync("spire-server/of-spire-agent-1")).Should().ThrowAsync<HarnessException>()
            .WithMessage("*spire-agent-1 is connected to no SPIRE server right now; it is Ready.");
    }

    [Fact]
    public async Task AtFireTimeAsync_AllButOne_SparesOne() => (await ResolveAsync("spire-server/all-but-one")).Should().HaveCount(2);

    [Fact]
    public async Task AtFireTimeAsync_Random_DrawsSoManyAndTheSameForTheSameSeed()
    {
        var drawn = await ResolveAsync("spire-server/random-2");

        drawn.Should().HaveCount(2).And.OnlyHaveUniqueItems().And.BeInAscendingOrder();
        (await ResolveAsync("spire-server/random-2")).Should().Equal(drawn);
    }

    [Fact]
    public async Task AtFireTimeAsync_Turns_AreTheNodesThatTheFirstFaultDraws()
    {
        Selector.TryParse("spire-server/random-2", out var selector).Should().BeTrue();

        foreach (var (fault, index) in new[] { ("f", 0), ("f-2", 1) })
        {
            var turn = await _resolver.AtFireTimeAsync(fault, "target", selector! with { Turn = new SelectorTurn("f", index) }, _stack, CancellationToken.None);

            turn.Select(node => node.Name).Should().Equal((await ResolveAsync("spire-server/random-2")).ElementAt(index));
        }
    }

    [Fact]
    public void FromPlan_RandomWithManySeeds_DrawsEveryPair()
    {
        Selector.TryParse("spire-server/random-2", out var selector).Should().BeTrue();
        var nodes = _stack.Nodes.Select(node => (node.Name, node.Role)).ToArray();

        var pairs = Enumerable.Range(0, 50).Select(seed => string.Join('+', new TargetResolver(new Seed(seed)).FromPlan("f", "target", selector!, nodes)!)).Distinct();

        pairs.Should().HaveCount(3);
    }

    [Fact]
    public async Task AtFireTimeAsync_ABareRole_IsAllOfIt() => (await ResolveAsync("spire-server")).Should().HaveCount(3);

    [Fact]
    public async Task AtFireTimeAsync_ANode_IsThatNode() => (await ResolveAsync("pooler-1")).Should().Equal("pooler-1");

    private async Task<IEnumerable<string>> ResolveAsync(string text)
    {
        Selector.TryParse(text, out var selector).Should().BeTrue();
        return (await _resolver.AtFireTimeAsync("f", "target", selector!, _stack, CancellationToken.None)).Select(node => node.Name);
    }
}

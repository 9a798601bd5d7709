using Validation.Core.Scenarios;

namespace Validation.Core.Tests.Scenarios;

public class SelectorTests
{
    private static readonly (string Name, string Role)[] Nodes = [.. StackSpec.Default.NodeNames()];

    [Theory]
    [InlineData("spire-server-2", SelectorChoice.Node)]
    [InlineData("spire-server/any", SelectorChoice.Any)]
    [InlineData("spire-server/all", SelectorChoice.All)]
    [InlineData("pooler", SelectorChoice.All)]
    [InlineData("spire-server/all-but-one", SelectorChoice.AllButOne)]
    [InlineData("spire-server/random-2", SelectorChoice.Random)]
    [InlineData("postgres/primary", SelectorChoice.Primary)]
    [InlineData("postgres/replica", SelectorChoice.Replica)]
    [InlineData("spire-server/of-spire-agent-1", SelectorChoice.OfAgent)]
    public void TryParse_EverySpelling_IsUnderstood(string text, SelectorChoice choice)
    {
        Selector.TryParse(text, out var selector).Should().BeTrue();

        selector!.Choice.Should().Be(choice);
        selector.ProblemIn(Nodes).Should().BeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("spire-server/")]
    [InlineData("/any")]
    [InlineData("spire-server/some")]
    [InlineData("a/b/c")]
    [InlineData("spire-server/random")]
    [InlineData("spire-server/random-0")]
    [InlineData("spire-server/random-two")]
    [InlineData("spire-server/of-")]
    public void TryParse_AnythingElse_IsRefused(string text) => Selector.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData("spire-sever/any", "no role 'spire-sever'. Did you mean 'spire-server'?")]
    [InlineData("spire-server-9", "no node 'spire-server-9'. Did you mean 'spire-server-1'?")]
    [InlineData("redis/any", "no role 'redis'.")]
    [InlineData("spire-server/primary", "only 'postgres' has a primary")]
    [InlineData("pooler/all-but-one", "needs at least two nodes")]
    [InlineData("spire-server/random-4", "needs 4 nodes of role 'spire-server'; the stack has 3.")]
    [InlineData("spire-server/of-spire-agent-9", "no agent 'spire-agent-9'. Did you mean 'spire-agent-1'? Its agents are spire-agent-1")]
    [InlineData("postgres/of-spire-agent-1", "write 'spire-server/of-spire-agent-1'")]
    public void ProblemIn_ASelectorThatMeansNobody_SaysWhy(string text, string problem)
    {
        Selector.TryParse(text, out var selector).Should().BeTrue();

        selector!.ProblemIn(Nodes).Should().Contain(problem);
    }
}

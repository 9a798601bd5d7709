using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public sealed class PartitionShapesTests
{
    [Theory]
    [InlineData("IsolateOne", 2, "a|b")]
    [InlineData("IsolateOne", 4, "a|b a|c a|d")]
    [InlineData("Split", 2, "a|b")]
    [InlineData("Split", 3, "a|b a|c")]
    [InlineData("Split", 5, "a|c a|d a|e b|c b|d b|e")]
    [InlineData("Bridge", 3, "b|c")]
    [InlineData("Bridge", 5, "b|d b|e c|d c|e")]
    [InlineData("Ring", 4, "a|c b|d")]
    [InlineData("Ring", 5, "a|c a|d b|d b|e c|e")]
    [InlineData("Ring", 3, "")]
    public void LinksOf_AShape_CutsTheseInBothDirections(string shape, int count, string expected)
    {
        var links = PartitionShapes.LinksOf(Enum.Parse<PartitionShape>(shape), Nodes(count));

        links.Should().OnlyHaveUniqueItems().And.BeEquivalentTo(links.Select(link => new Link(link.To, link.From)));
        string.Join(' ', links.Select(link => $"{link.From.Name}|{link.To.Name}").Where(pair => pair[0] < pair[2]).Order(StringComparer.Ordinal)).Should().Be(expected);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(9)]
    public void Ring_EveryNode_SeesAMajorityAndNoTwoSeeTheSame(int count)
    {
        var nodes = Nodes(count);
        var cut = PartitionShapes.LinksOf(PartitionShape.Ring, nodes);

        var seen = nodes.Select(node => string.Concat(nodes.Where(other => !cut.Contains(new Link(node, other))).Select(other => other.Name))).ToArray();

        seen.Should().OnlyContain(names => names.Length > count / 2).And.OnlyHaveUniqueItems();
    }

    private static INode[] Nodes(int count) => [.. Enumerable.Range(0, count).Select(index => new FakeNode(((char)('a' + index)).ToString(), "node"))];
}

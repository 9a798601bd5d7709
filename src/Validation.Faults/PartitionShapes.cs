using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>How nodes are divided by a partition.</summary>
internal enum PartitionShape
{
    /// <summary>The targets from the others; the targets still reach each other.</summary>
    Between,

    /// <summary>One node from all the rest.</summary>
    IsolateOne,

    /// <summary>A minority, as large as it can be, from the majority.</summary>
    Split,

    /// <summary>Two halves that do not reach each other, and one node that reaches both.</summary>
    Bridge,

    /// <summary>Each node reaches its neighbours on a ring, with which it is a majority, and no two reach the same one. From four nodes on.</summary>
    Ring,
}

/// <summary>Turns shapes into links.</summary>
internal static class PartitionShapes
{
    /// <summary>Returns the links that are cut, each in both directions.</summary>
    /// <param name="shape">Any shape but <see cref="PartitionShape.Between"/>.</param>
    /// <param name="nodes">The nodes; the first ones are isolated, are the minority or the bridge, and neighbours on the ring are neighbours here.</param>
    public static IReadOnlyList<Link> LinksOf(PartitionShape shape, IReadOnlyList<INode> nodes) => shape switch
    {
        PartitionShape.IsolateOne => Apart(nodes.Take(1), nodes.Skip(1)),
        PartitionShape.Split => Apart(nodes.Take(Minority(nodes.Count)), nodes.Skip(Minority(nodes.Count))),
        PartitionShape.Bridge => Apart(nodes.Skip(1).Take((nodes.Count - 1) / 2), nodes.Skip(1 + ((nodes.Count - 1) / 2))),
        PartitionShape.Ring => Ring(nodes),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "This shape is made by targets and others."),
    };

    private static int Minority(int nodes) => Math.Max(1, (nodes - 1) / 2);

    private static IReadOnlyList<Link> Apart(IEnumerable<INode> some, IEnumerable<INode> rest) =>
        Links.Between([.. some], [.. rest], Direction.BothWays);

    private static IReadOnlyList<Link> Ring(IReadOnlyList<INode> nodes)
    {
        // A majority needs half of all others, which sit to both sides.
        var reach = ((nodes.Count / 2) + 1) / 2;
        return
        [
            .. from a in Enumerable.Range(0, nodes.Count)
               from b in Enumerable.Range(0, nodes.Count)
               let steps = Math.Abs(a - b)
               where Math.Min(steps, nodes.Count - steps) > reach
               select new Link(nodes[a], nodes[b]),
        ];
    }
}

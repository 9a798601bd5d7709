using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Finds the links that a fault means.</summary>
internal static class Links
{
    /// <summary>Returns the links between nodes.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="others">The nodes at the other end; one that is the target itself is left out.</param>
    /// <param name="direction">Which way.</param>
    public static IReadOnlyList<Link> Between(IReadOnlyList<INode> targets, IReadOnlyList<INode> others, Direction direction) =>
    [
        .. (from target in targets
            from other in others
            where other != target
            from link in new[] { (IsFromTarget: true, Link: new Link(target, other)), (IsFromTarget: false, Link: new Link(other, target)) }
            where direction == Direction.BothWays || link.IsFromTarget == (direction == Direction.FromTarget)
            select link.Link).Distinct(),
    ];

    /// <summary>Finds a link that is whole before a cut, to see that the cut is no wider than ordered.</summary>
    /// <param name="network">Sends the datagrams.</param>
    /// <param name="candidates">The links that may be taken; the first one that is whole is.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <returns>Null when another fault holds all of them down.</returns>
    public static async Task<Link?> FindWholeAsync(INetworkControl network, IEnumerable<Link> candidates, CancellationToken cancellationToken)
    {
        foreach (var candidate in candidates)
        {
            if (await network.ProbeAsync(candidate, cancellationToken))
            {
                return candidate;
            }
        }

        return null;
    }
}

/// <summary>Which way packets are meant.</summary>
internal enum Direction
{
    /// <summary>Both ways.</summary>
    BothWays,

    /// <summary>Those that the targets send.</summary>
    FromTarget,

    /// <summary>Those that are sent to the targets.</summary>
    ToTarget,
}

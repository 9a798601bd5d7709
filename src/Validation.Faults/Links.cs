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

using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Parameters that several faults share, so that they are named and bounded alike.</summary>
internal static class CommonParameters
{
    /// <summary>The longest time that any fault may stay in force.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>The nodes that are hit.</summary>
    public static readonly Parameter<Selector> Target = Parameters.Target("target", "The nodes that are hit.");

    /// <summary>How long a graceful end may take.</summary>
    public static readonly Parameter<TimeSpan> Grace = Parameters.Duration(
        "grace",
        "How long a node may take to end by itself before it is killed.",
        TimeSpan.FromSeconds(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromSeconds(30));

    /// <summary>How long nodes are kept down.</summary>
    public static readonly Parameter<TimeSpan> Hold = Parameters.Duration(
        "hold", "How long the nodes are kept down before their restart policy may act.", TimeSpan.Zero, Longest, TimeSpan.Zero);

    /// <summary>How long a fault stays in force.</summary>
    public static readonly Parameter<TimeSpan> For = Parameters.Duration(
        "for", "How long it stays in force, from its proof.", TimeSpan.FromMilliseconds(100), Longest);

    /// <summary>Objects to a target of another role.</summary>
    /// <param name="fault">The fault, with one selector.</param>
    /// <param name="shape">The stack.</param>
    /// <param name="role">The role that a target must have.</param>
    /// <param name="what">What such a node is called.</param>
    public static string? ObjectionToTarget(FaultSpec fault, StackShape shape, string role, string what)
    {
        var target = fault.Parameters.Get(fault.Kind.Parameters.OfType<Parameter<Selector>>().Single());
        var stranger = shape.Nodes.FirstOrDefault(node => (node.Name == target.Name || node.Role == target.Name) && node.Role != role);
        return stranger is null ? null : $"{stranger.Name} is no {what}";
    }
}

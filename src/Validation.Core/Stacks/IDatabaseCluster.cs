using System.Globalization;

namespace Validation.Core.Stacks;

/// <summary>One database node as the cluster manager sees it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Role">What it is to the cluster.</param>
/// <param name="State">The cluster manager's word for what it does: <c>running</c>, <c>streaming</c>, <c>starting</c> …; <c>unreachable</c> when it does not answer.</param>
/// <param name="Timeline">PostgreSQL's timeline; grows with each promotion. Null when unknown.</param>
/// <param name="LagBytes">How far its replay is behind the primary. Null when unknown and for the primary.</param>
/// <param name="IsSynchronous">True when commits wait for it.</param>
public sealed record DatabaseMember(
    INode Node, DatabaseRole Role, string State, int? Timeline, long? LagBytes, bool IsSynchronous)
{
    /// <summary>Describes it in a line, without the node: <c>replica, streaming, synchronous, lag 24 B, timeline 2</c>.</summary>
    public string Describe() => string.Join(
        ", ",
        new[]
        {
            Role.ToString().ToLowerInvariant(),
            State,
            IsSynchronous ? "synchronous" : null,
            LagBytes is { } lag ? string.Create(CultureInfo.InvariantCulture, $"lag {lag:N0} B") : null,
            Timeline is { } timeline ? $"timeline {timeline}" : null,
        }.OfType<string>());
}

/// <summary>What a database node is to its cluster.</summary>
public enum DatabaseRole
{
    /// <summary>Not known: it does not answer, or it is starting.</summary>
    Unknown,

    /// <summary>It takes writes.</summary>
    Primary,

    /// <summary>It follows the primary.</summary>
    Replica,
}

/// <summary>A stack with a database that fails over.</summary>
public interface IDatabaseCluster
{
    /// <summary>Asks every database node for its role.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    Task<IReadOnlyList<DatabaseMember>> GetMembersAsync(CancellationToken cancellationToken);

    /// <summary>Asks the cluster manager to move the primary role in good order.</summary>
    /// <param name="from">The primary.</param>
    /// <param name="to">The replica that takes over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">The cluster manager refused; its answer is in the message.</exception>
    Task SwitchoverAsync(INode from, INode to, CancellationToken cancellationToken);

    /// <summary>Writes one row through the path that applications use and tells whether it was acknowledged.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task<bool> TryWriteAsync(CancellationToken cancellationToken);
}

namespace Validation.Core.Stacks;

/// <summary>
/// The system under test while it runs. What can be done to it as a whole is told by the interfaces it implements:
/// <see cref="INetworkControl"/>, <see cref="IDatabaseCluster"/>, <see cref="ISpireStack"/>.
/// </summary>
/// <remarks>Disposing takes it down and leaves nothing behind.</remarks>
public interface IStack : IAsyncDisposable
{
    /// <summary>Gets the nodes, in the order in which they started.</summary>
    IReadOnlyList<INode> Nodes { get; }

    /// <summary>Gets what was found out about the machine and the programs: names and versions, for the report.</summary>
    IReadOnlyDictionary<string, string> Facts { get; }

    /// <summary>Watches the stack and records what it does by itself, until it is cancelled.</summary>
    /// <remarks>Node states, restarts, database roles and gaps in which the database took no writes.</remarks>
    /// <param name="events">Where to record it.</param>
    /// <param name="cancellationToken">Ends the watching.</param>
    Task WatchAsync(Running.IEventSink events, CancellationToken cancellationToken);
}

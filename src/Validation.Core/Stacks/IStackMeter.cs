namespace Validation.Core.Stacks;

/// <summary>A stack that can tell what its nodes use.</summary>
public interface IStackMeter
{
    /// <summary>Reads what the nodes have used since they started, and what waits in the stack right now.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<StackReading> ReadUseAsync(CancellationToken cancellationToken);
}

/// <summary>What a stack uses at one moment.</summary>
public sealed record StackReading
{
    /// <summary>Gets the processor time of the processes of each node that run now.</summary>
    public required IReadOnlyDictionary<string, TimeSpan> ProcessorTimes { get; init; }

    /// <summary>Gets how many processors the nodes and the harness share; null when each node has its own.</summary>
    public double? SharedProcessors { get; init; }

    /// <summary>Gets how many clients wait for a connection of the pool; null when nobody can tell.</summary>
    public int? WaitingClients { get; init; }

    /// <summary>Gets how many of SPIRE's connections to the database are in the middle of something; null when nobody can tell.</summary>
    public int? BusyConnections { get; init; }

    /// <summary>Gets how many connections all SPIRE servers may open.</summary>
    public int? ConnectionsAllowed { get; init; }
}

namespace Validation.Core.Stacks;

/// <summary>A node that can be left with less processor time than it wants.</summary>
public interface IProcessorControl : INode
{
    /// <summary>Starts processes on the node that do nothing but use processor time.</summary>
    /// <param name="workers">How many.</param>
    /// <param name="lease">They end by themselves after this time, should nobody end them.</param>
    /// <param name="cancellationToken">Ends the attempt; none stays.</param>
    Task<IProcessorPressure> OccupyAsync(int workers, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Stops the node's processes whenever they have used more than their share, until they may go on.</summary>
    /// <param name="share">How much of one processor they may use, all together; above 0.</param>
    /// <param name="lease">They run freely after this time, should nobody end it.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays throttled.</param>
    Task<IProcessorPressure> ThrottleAsync(double share, TimeSpan lease, CancellationToken cancellationToken);
}

/// <summary>What takes processor time from a node. Disposing ends it.</summary>
public interface IProcessorPressure : IAsyncDisposable
{
    /// <summary>Reads what was used since it began.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HarnessException">It has ended by itself.</exception>
    Task<ProcessorUse> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Ends it. Returns when it has ended; a second call does nothing.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task HealAsync(CancellationToken cancellationToken);
}

/// <summary>Processor time as the kernel counts it.</summary>
/// <param name="Elapsed">The time since it began.</param>
/// <param name="Used">What was used meanwhile: by the processes that were started, or by the node that is throttled.</param>
/// <param name="Processes">How many processes used it that still exist.</param>
/// <param name="Stops">How often the node was stopped because it wanted more.</param>
public sealed record ProcessorUse(TimeSpan Elapsed, TimeSpan Used, int Processes, int Stops)
{
    /// <summary>Gets how many processors were used, on average.</summary>
    public double Share => Elapsed > TimeSpan.Zero ? Used / Elapsed : 0;
}

namespace Validation.Core.Stacks;

/// <summary>A node whose running processes can be given limits.</summary>
public interface ILimitable : INode
{
    /// <summary>Limits each process of the node to what it has right now and a little more.</summary>
    /// <param name="resource">What is limited.</param>
    /// <param name="leave">How much more each may have: bytes of memory, or file descriptors.</param>
    /// <param name="lease">The limits end by themselves after this time, should nobody end them.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays limited.</param>
    Task<IProcessLimit> LimitAsync(ProcessResource resource, long leave, TimeSpan lease, CancellationToken cancellationToken);
}

/// <summary>Something of which processes have a limited amount.</summary>
public enum ProcessResource
{
    /// <summary>Memory that is the process' own: <c>RLIMIT_DATA</c>. New processes of the node are limited to the largest of the limits.</summary>
    Memory,

    /// <summary>Numbers of open files and sockets: <c>RLIMIT_NOFILE</c>. A node that is started again is free of the limit, as it is of a leak.</summary>
    FileDescriptors,
}

/// <summary>Limits of a node's processes. Disposing restores what was before.</summary>
public interface IProcessLimit : IAsyncDisposable
{
    /// <summary>Reads what the kernel shows of every process of the node right now.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<IReadOnlyList<LimitedProcess>> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Restores the limits from before. A second call does nothing.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">Not all could be restored; can be tried again.</exception>
    Task HealAsync(CancellationToken cancellationToken);
}

/// <summary>A process and its limit as the kernel shows them.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Remaining">How much more it may have: bytes, or file descriptors. Negative when it holds more than the limit.</param>
/// <param name="IsLimited">Whether its limit is not larger than it was ordered to be.</param>
public sealed record LimitedProcess(int Id, long Remaining, bool IsLimited);

namespace Validation.Core.Stacks;

/// <summary>A stack in whose network load workers can be started: processes that share the loads.</summary>
public interface IWorkerStack
{
    /// <summary>Starts workers and returns when each can be reached.</summary>
    /// <param name="count">How many; at least 1.</param>
    /// <param name="progress">Told what is being waited for.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays started.</param>
    /// <exception cref="HarnessException">One of them did not start; the message names it and has its last log lines.</exception>
    Task<IWorkerGroup> StartWorkersAsync(int count, IProgress<string> progress, CancellationToken cancellationToken);
}

/// <summary>Workers that run. Disposing ends them.</summary>
public interface IWorkerGroup : IAsyncDisposable
{
    /// <summary>Gets the workers; the first is worker 1.</summary>
    IReadOnlyList<WorkerSite> Sites { get; }
}

/// <summary>One worker and how it is reached.</summary>
/// <param name="Name">What the environment calls it: a process, a pod.</param>
/// <param name="DialAsync">Opens the connection over which it is told what to do.</param>
/// <param name="LastWordsAsync">Returns the last lines of its log, or what the environment knows of its end; null when that is nothing.</param>
public sealed record WorkerSite(
    string Name, Func<CancellationToken, ValueTask<Stream>> DialAsync, Func<CancellationToken, Task<string?>> LastWordsAsync)
{
    /// <summary>Gets the Workload API sockets that it can open itself, by the name of the agent's node.</summary>
    public required IReadOnlyDictionary<string, string> AgentSockets { get; init; }
}

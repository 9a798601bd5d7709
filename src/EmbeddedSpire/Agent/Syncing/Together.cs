namespace EmbeddedSpire.Agent.Syncing;

/// <summary>Things that are done at the same time and end together.</summary>
internal static class Together
{
    /// <summary>Does several things. When one fails, the others are cancelled.</summary>
    /// <param name="tasks">The things; each ends when it is cancelled.</param>
    /// <param name="cancellationToken">Cancels all.</param>
    /// <exception cref="Exception">The first failure, when all have ended.</exception>
    /// <exception cref="OperationCanceledException">All were cancelled.</exception>
    public static async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> tasks, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = tasks.Select(task => Task.Run(() => task(end.Token), CancellationToken.None)).ToList();
        var first = await Task.WhenAny(running);
        await end.CancelAsync();
        await Task.WhenAll(running).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await first;
        cancellationToken.ThrowIfCancellationRequested();
    }
}

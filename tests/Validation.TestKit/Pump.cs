namespace Validation.TestKit;

/// <summary>Runs everything that awaits in one thread, in order, so that a test knows when nothing is left to do; after its end, in the thread pool.</summary>
internal sealed class Pump : SynchronizationContext
{
    // How often the thread pool is waited for when it does not get on.
    private const int MostTurns = 100;

    private readonly Lock _gate = new();
    private readonly Queue<Action> _queue = new();
    private bool _hasEnded;

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_gate)
        {
            if (!_hasEnded)
            {
                _queue.Enqueue(() => d(state));
                return;
            }
        }

        ThreadPool.QueueUserWorkItem(_ => d(state));
    }

    /// <summary>Runs what is there and what comes of it, until nothing has come for a while.</summary>
    /// <param name="patience">How long others, that work elsewhere, may take to come with something, in real time.</param>
    public void RunAll(TimeSpan patience)
    {
        var turns = 0;
        do
        {
            while (Next() is { } action)
            {
                action();
            }

            Thread.Sleep(patience);
        }
        while (HasSome || (ThreadPool.PendingWorkItemCount > 0 && ++turns < MostTurns));
    }

    /// <summary>Hands what is left, and what will still come, to the thread pool.</summary>
    public void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
        }

        while (Next() is { } action)
        {
            ThreadPool.QueueUserWorkItem(_ => action());
        }
    }

    private bool HasSome
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count > 0;
            }
        }
    }

    private Action? Next()
    {
        lock (_gate)
        {
            return _queue.TryDequeue(out var action) ? action : null;
        }
    }
}

using Validation.Core.Stacks;

namespace Validation.Environments.Local.Supervisor;

/// <summary>What a node is doing, for those who want to know it, be told of it or wait for it.</summary>
internal sealed class StatusBoard
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private NodeStatus _status = new(NodeState.Stopped, 0, 0);
    private TaskCompletionSource _change = NewChange();

    /// <summary>Creates the board of a node that was not started yet.</summary>
    /// <param name="time">The clock.</param>
    public StatusBoard(TimeProvider time) => _time = time;

    /// <summary>Told of every change of state, in order. Must be quick.</summary>
    public event Action<NodeStatus>? StateChanged;

    /// <summary>Gets the status.</summary>
    public NodeStatus Status
    {
        get
        {
            lock (_gate)
            {
                return _status;
            }
        }
    }

    /// <summary>Gets a task that ends with the next change or nudge.</summary>
    public Task NextChange
    {
        get
        {
            lock (_gate)
            {
                return _change.Task;
            }
        }
    }

    /// <summary>Writes down what the node is doing.</summary>
    /// <param name="state">What it does.</param>
    /// <param name="reason">Why, when that is not obvious.</param>
    public void Set(NodeState state, string? reason)
    {
        lock (_gate)
        {
            Replace(_status with { State = state, Reason = reason });
        }
    }

    /// <summary>Writes down that the node was started once more.</summary>
    public void SetStarted()
    {
        lock (_gate)
        {
            var incarnation = _status.Incarnation + 1;
            Replace(new NodeStatus(NodeState.Starting, incarnation - 1, incarnation));
        }
    }

    /// <summary>Wakes those who wait, because something else has changed that they look at.</summary>
    public void Nudge()
    {
        lock (_gate)
        {
            var before = _change;
            _change = NewChange();
            before.SetResult();
        }
    }

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">Looked at now, after every change and after every nudge.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Whether it held before the limit was over.</returns>
    public async Task<bool> WaitUntilAsync(Func<NodeStatus, bool> condition, TimeSpan limit, CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        while (true)
        {
            var change = NextChange;
            if (condition(Status))
            {
                return true;
            }

            var left = limit == Timeout.InfiniteTimeSpan ? limit : limit - _time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero && left != Timeout.InfiniteTimeSpan)
            {
                return false;
            }

            using var woken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(change, Task.Delay(left, _time, woken.Token));
            await woken.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Replace(NodeStatus status)
    {
        var isNew = _status.State != status.State || _status.Incarnation != status.Incarnation;
        _status = status;
        if (isNew)
        {
            StateChanged?.Invoke(status);
            Nudge();
        }
    }
}

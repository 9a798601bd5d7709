namespace Validation.Spire.Agents;

/// <summary>Lets calls run side by side, and holds them up while the agent gets another SVID, as SPIRE's agent does.</summary>
internal sealed class CallGate
{
    private readonly Lock _gate = new();
    private int _inside;
    private TaskCompletionSource? _reopened;
    private TaskCompletionSource? _left;

    /// <summary>Waits until calls may be made, and enters. Who has entered leaves.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        while (ClosedOr(() => _inside++) is { } reopened)
        {
            await reopened.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Leaves.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_inside == 0)
            {
                _left?.TrySetResult();
            }
        }
    }

    /// <summary>Lets nobody enter any more and waits until all have left. Who has closed it opens it.</summary>
    /// <param name="cancellationToken">Ends the waiting; then it is open.</param>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (ClosedOr(() => Close(left)) is { } reopened)
        {
            await reopened.WaitAsync(cancellationToken);
        }

        try
        {
            await left.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Open();
            throw;
        }
    }

    /// <summary>Lets calls enter again.</summary>
    public void Open()
    {
        TaskCompletionSource? reopened;
        lock (_gate)
        {
            (reopened, _reopened, _left) = (_reopened, null, null);
        }

        reopened?.TrySetResult();
    }

    /// <summary>Does something while nobody has closed it; otherwise returns what ends when it is opened.</summary>
    private Task? ClosedOr(Action act)
    {
        lock (_gate)
        {
            if (_reopened is not null)
            {
                return _reopened.Task;
            }

            act();
            return null;
        }
    }

    private void Close(TaskCompletionSource left)
    {
        (_reopened, _left) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), left);
        if (_inside == 0)
        {
            left.SetResult();
        }
    }
}

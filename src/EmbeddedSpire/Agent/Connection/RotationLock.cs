namespace EmbeddedSpire.Agent.Connection;

/// <summary>
/// Keeps calls and the renewal of the agent's own SVID apart: any number of calls, or one renewal. A renewal that waits
/// lets no further call in, as Go's RWMutex does. In SPIRE a re-attestation that hangs holds up everything for that reason.
/// </summary>
internal sealed class RotationLock
{
    private readonly Lock _gate = new();
    private readonly Queue<(bool IsRenewal, TaskCompletionSource Turn)> _queue = new();
    private int _calls;
    private int _renewals;

    /// <summary>Waits until a call may begin.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What ends the call.</returns>
    public Task<IDisposable> EnterCallAsync(CancellationToken cancellationToken) => EnterAsync(false, cancellationToken);

    /// <summary>Waits until a renewal may begin.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What ends the renewal.</returns>
    public Task<IDisposable> EnterRenewalAsync(CancellationToken cancellationToken) => EnterAsync(true, cancellationToken);

    private async Task<IDisposable> EnterAsync(bool isRenewal, CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _queue.Enqueue((isRenewal, turn));
            LetIn();
        }

        using (cancellationToken.UnsafeRegister(static turn => ((TaskCompletionSource)turn!).TrySetCanceled(), turn))
        {
            try
            {
                await turn.Task;
                return new Leaving(this, isRenewal);
            }
            catch (OperationCanceledException)
            {
                // Who stood behind one that has given up may be next now.
                lock (_gate)
                {
                    LetIn();
                }

                cancellationToken.ThrowIfCancellationRequested();
                throw;
            }
        }
    }

    private void Leave(bool isRenewal)
    {
        lock (_gate)
        {
            Count(isRenewal, -1);
            LetIn();
        }
    }

    private void LetIn()
    {
        while (_queue.TryPeek(out var next)
            && (next.Turn.Task.IsCompleted || (_renewals == 0 && (_calls == 0 || !next.IsRenewal))))
        {
            _queue.Dequeue();
            if (next.Turn.TrySetResult())
            {
                Count(next.IsRenewal, 1);
            }
        }
    }

    private void Count(bool isRenewal, int change) => _ = isRenewal ? _renewals += change : _calls += change;

    private sealed class Leaving(RotationLock owner, bool isRenewal) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                owner.Leave(isRenewal);
            }
        }
    }
}

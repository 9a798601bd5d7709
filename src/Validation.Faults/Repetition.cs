using Validation.Core;

namespace Validation.Faults;

/// <summary>Something that a fault does again and again until it is stopped.</summary>
internal sealed class Repetition : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private bool _isStopped;

    private Repetition(Func<CancellationToken, Task> act, TimeSpan interval, TimeProvider time) => _loop = RunAsync(act, interval, time);

    /// <summary>Begins; the first time is after one interval.</summary>
    /// <param name="interval">The time from one end to the next beginning.</param>
    /// <param name="time">The clock.</param>
    /// <param name="act">What is done. A <see cref="HarnessException"/> does not end the repetition.</param>
    public static Repetition Every(TimeSpan interval, TimeProvider time, Func<CancellationToken, Task> act) => new(act, interval, time);

    /// <summary>Stops, and returns when nothing is being done any more. A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isStopped)
        {
            _isStopped = true;
            await _stop.CancelAsync();
            await _loop;
            _stop.Dispose();
        }
    }

    private async Task RunAsync(Func<CancellationToken, Task> act, TimeSpan interval, TimeProvider time)
    {
        try
        {
            while (true)
            {
                await Task.Delay(interval, time, _stop.Token);
                try
                {
                    await act(_stop.Token);
                }
                catch (HarnessException)
                {
                    // Somebody else has broken the node too; the proof at the end says what came of it.
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The fault is over.
        }
    }
}

namespace Validation.Load;

/// <summary>Sleeps with what every platform has, and spins for the rest: exact, but it costs processor time.</summary>
internal sealed class PortablePacer : IPacer
{
    // Coarser than the coarsest timer that .NET runs on, Windows with its 15.6 ms.
    private static readonly TimeSpan SpinFor = TimeSpan.FromMilliseconds(16);

    private readonly TimeProvider _time;

    /// <summary>Creates the pacer.</summary>
    /// <param name="time">The clock whose timestamps it waits for.</param>
    public PortablePacer(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public void Begin()
    {
    }

    /// <inheritdoc/>
    public void WaitUntil(long timestamp, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var left = _time.GetElapsedTime(_time.GetTimestamp(), timestamp);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            if (left > SpinFor)
            {
                stop.WaitHandle.WaitOne(left - SpinFor);
            }
            else
            {
                Thread.SpinWait(20);
            }
        }
    }
}

using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Load;

/// <summary>
/// Fires operations at their planned instants, whether or not earlier ones have been answered. One thread does all the
/// pacing; the operations run on the thread pool.
/// </summary>
/// <remarks>
/// Each operation gets three stamps: planned by the schedule, fired when its code begins to run, completed when its
/// answer is there. One that cannot be fired before its time is over is recorded as never fired; one that does not
/// answer is recorded as timed out. Nothing that was planned is left out.
/// </remarks>
public sealed class OpenLoopGenerator : ILoadGenerator
{
    private readonly IPacer _pacer;

    /// <summary>Creates the generator.</summary>
    /// <param name="time">The clock; the same as the run's.</param>
    public OpenLoopGenerator(TimeProvider time)
        : this(OperatingSystem.IsLinux() && time == TimeProvider.System ? new LinuxPacer() : new PortablePacer(time))
    {
    }

    internal OpenLoopGenerator(IPacer pacer) => _pacer = pacer;

    /// <inheritdoc/>
    public async Task RunAsync(
        IReadOnlyList<ReadyLoad> loads, RunClock clock, SampleWriter samples, IEventSink events, CancellationToken stop)
    {
        // Each load begins at its own part of its first interval, so that equal rates do not fire at equal instants.
        var streams = loads
            .Select((load, index) => new LoadStream(load, (ushort)index, new Schedule(load.Spec.Arrivals, (double)index / loads.Count)))
            .ToArray();
        var book = new OperationBook(clock, samples, events);
        await OnThreadOfItsOwnAsync(() => Pace(streams, clock, book, stop));
        await book.AllAnsweredAsync();
    }

    private void Pace(LoadStream[] streams, RunClock clock, OperationBook book, CancellationToken stop)
    {
        _pacer.Begin();
        var begin = clock.ToNanoseconds(clock.Time.GetTimestamp());
        while (true)
        {
            var next = streams.MinBy(stream => stream.Schedule.NextNs)!;
            var planned = begin + next.Schedule.NextNs;
            _pacer.WaitUntil(clock.ToTimestamp(planned), stop);
            if (stop.IsCancellationRequested && clock.ToNanoseconds(clock.Time.GetTimestamp()) < planned)
            {
                // What was planned before the stop is still fired, however far behind the pacing is.
                return;
            }

            book.Fire(next, planned);
            next.Schedule.Advance();
        }
    }

    private static Task OnThreadOfItsOwnAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        })
        {
            IsBackground = true,
            Name = "pacer",
            Priority = ThreadPriority.Highest,
        };
        thread.Start();
        return done.Task;
    }
}

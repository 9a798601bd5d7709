using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Load;

/// <summary>
/// Fires operations at their planned instants, whether or not earlier ones have been answered. One thread does all the
/// pacing, and one that of each population; the operations run on the thread pool.
/// </summary>
/// <remarks>
/// Each operation gets three stamps: planned by the schedule, fired when its code begins to run, completed when its
/// answer is there. One that cannot be fired before its time is over is recorded as never fired; one that does not
/// answer is recorded as timed out. Nothing that was planned is left out.
/// </remarks>
public sealed class OpenLoopGenerator : ILoadGenerator
{
    private readonly Func<IPacer> _pacer;

    /// <summary>Creates the generator.</summary>
    /// <param name="time">The clock; the same as the run's.</param>
    public OpenLoopGenerator(TimeProvider time)
        : this(() => OperatingSystem.IsLinux() && time == TimeProvider.System ? new LinuxPacer() : new PortablePacer(time))
    {
    }

    /// <summary>Creates the generator.</summary>
    /// <param name="pacer">Makes what a thread waits with.</param>
    internal OpenLoopGenerator(Func<IPacer> pacer) => _pacer = pacer;

    /// <inheritdoc/>
    public async Task RunAsync(
        IReadOnlyList<ReadyLoad> loads, RunClock clock, SampleWriter samples, IEventSink events, CancellationToken stop)
    {
        var book = new OperationBook(clock, new FileSink(samples), events);
        var pacing = LoadStream.PopulationsOf(loads).Select(population =>
        {
            var members = new PopulationBook(population.Load, population.First, clock, book);
            return OnThreadOfItsOwnAsync(() => members.Pace(_pacer(), stop));
        }).ToList();
        if (LoadStream.Of(loads, Share.Whole) is { Length: > 0 } streams)
        {
            pacing.Add(OnThreadOfItsOwnAsync(() => Pace(streams, null, clock, book, stop)));
        }

        await Task.WhenAll(pacing);
        await book.AllAnsweredAsync();
    }

    /// <summary>Fires streams until it is told to stop, then waits for the answers of what it fired.</summary>
    /// <param name="streams">The streams.</param>
    /// <param name="beginNs">When their schedules begin, in nanoseconds of the clock; null for now.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="sink">Told how every operation ended.</param>
    /// <param name="events">Where to record the first failure of each class.</param>
    /// <param name="stop">Ends the firing.</param>
    internal async Task RunAsync(
        LoadStream[] streams, long? beginNs, RunClock clock, IOperationSink sink, IEventSink events, CancellationToken stop)
    {
        var book = new OperationBook(clock, sink, events);
        await OnThreadOfItsOwnAsync(() => Pace(streams, beginNs, clock, book, stop));
        await book.AllAnsweredAsync();
    }

    private void Pace(LoadStream[] streams, long? beginNs, RunClock clock, OperationBook book, CancellationToken stop)
    {
        var pacer = _pacer();
        pacer.Begin();
        var begin = beginNs ?? clock.ToNanoseconds(clock.Time.GetTimestamp());
        while (true)
        {
            var next = streams.MinBy(stream => stream.Schedule.NextNs)!;
            var planned = begin + next.Schedule.NextNs;
            book.FiredBefore(planned);
            pacer.WaitUntil(clock.ToTimestamp(planned), stop);
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

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
    // Nothing changes while the pacer sleeps, unless a schedule says so.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(1);

    private readonly Func<IPacer> _pacer;

    /// <summary>Creates the generator.</summary>
    /// <param name="time">The clock; the same as the run's.</param>
    public OpenLoopGenerator(TimeProvider time)
        : this(() => Pacers.For(time))
    {
    }

    /// <summary>Creates the generator.</summary>
    /// <param name="pacer">Makes what a thread waits with.</param>
    internal OpenLoopGenerator(Func<IPacer> pacer) => _pacer = pacer;

    /// <inheritdoc/>
    public async Task RunAsync(
        IReadOnlyList<ReadyLoad> loads, RunClock clock, SampleWriter samples, IEventSink events, CancellationToken stop)
    {
        using var book = new OperationBook(clock, new FileSink(samples), events);
        var pacing = LoadStream.PopulationsOf(loads).Select(population =>
        {
            var members = new PopulationBook(population.Load, population.First, clock, book);
            return DedicatedThread.RunAsync("population", () => members.Pace(_pacer(), stop));
        }).ToList();
        if (LoadStream.Of(loads, Share.Whole) is { Length: > 0 } streams)
        {
            pacing.Add(DedicatedThread.RunAsync("pacer", () => Pace(streams, null, clock, book, stop)));
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
        using var book = new OperationBook(clock, sink, events);
        await DedicatedThread.RunAsync("pacer", () => Pace(streams, beginNs, clock, book, stop));
        await book.AllAnsweredAsync();
    }

    private void Pace(LoadStream[] streams, long? beginNs, RunClock clock, OperationBook book, CancellationToken stop)
    {
        var pacer = _pacer();
        pacer.Begin();
        var begin = beginNs ?? book.NowNs();
        var longestSleepNs = (long)(streams.Min(stream => stream.Schedule.MayChangeWithin) ?? LongestSleep).TotalNanoseconds;
        while (true)
        {
            var (next, nextNs) = EarliestOf(streams);
            var planned = nextNs == Schedule.Nothing ? Schedule.Nothing : begin + nextNs;
            book.FiredBefore(planned);
            pacer.WaitUntil(clock.ToTimestamp(Math.Min(planned, book.NowNs() + longestSleepNs)), stop);
            if (book.NowNs() < planned)
            {
                // What was planned before the stop is still fired, however far behind the pacing is.
                if (stop.IsCancellationRequested)
                {
                    return;
                }

                continue;
            }

            book.Fire(next, planned);
            next.Schedule.Advance();
        }
    }

    private static (LoadStream Stream, long NextNs) EarliestOf(LoadStream[] streams)
    {
        var earliest = (Stream: streams[0], streams[0].Schedule.NextNs);
        for (var i = 1; i < streams.Length; i++)
        {
            if (streams[i].Schedule.NextNs is var nextNs && nextNs < earliest.NextNs)
            {
                earliest = (streams[i], nextNs);
            }
        }

        return earliest;
    }
}

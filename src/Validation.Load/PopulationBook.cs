using Validation.Core.Loads;
using Validation.Core.Running;

namespace Validation.Load;

/// <summary>Fires what a population plans, each operation at its instant. One thread does the pacing.</summary>
internal sealed class PopulationBook : IOperationBook
{
    // What is planned for sooner than the thread looks again is fired that much late; intervals of members are far longer.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(5);

    private readonly Lock _gate = new();
    private readonly PriorityQueue<Action, long> _due = new();
    private readonly ReadyLoad _load;
    private readonly OperationStream[] _streams;
    private readonly long[] _numbers;
    private readonly RunClock _clock;
    private readonly OperationBook _book;
    private long? _stoppedNs;

    /// <summary>Creates the book of one population.</summary>
    /// <param name="load">The population.</param>
    /// <param name="first">The index of its first stream in the plan.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="book">The book of all operations.</param>
    public PopulationBook(ReadyLoad load, ushort first, RunClock clock, OperationBook book)
    {
        (_load, _clock, _book) = (load, clock, book);
        _streams = [.. load.Spec.Streams.Select((stream, index) => new OperationStream((ushort)(first + index), stream.Name, load.Spec.Timeout))];
        _numbers = new long[_streams.Length];
    }

    /// <inheritdoc/>
    public TimeSpan Now => _clock.Now;

    /// <inheritdoc/>
    public void Plan(int operation, TimeSpan due, Func<Operation, CancellationToken, ValueTask<Outcome>> perform)
    {
        lock (_gate)
        {
            var plannedNs = (long)due.TotalNanoseconds;
            if (plannedNs >= _stoppedNs)
            {
                return;
            }

            var number = _numbers[operation]++;
            if (_stoppedNs is not null || due <= Now)
            {
                _book.Fire(_streams[operation], number, plannedNs, perform);
            }
            else
            {
                _due.Enqueue(() => _book.Fire(_streams[operation], number, plannedNs, perform), plannedNs);
            }
        }
    }

    /// <inheritdoc/>
    public void Remind(TimeSpan instant, Action look)
    {
        lock (_gate)
        {
            if (_stoppedNs is null)
            {
                _due.Enqueue(look, (long)instant.TotalNanoseconds);
            }
        }
    }

    /// <summary>Begins the population and fires what it plans until the stop, and what was due before it.</summary>
    /// <param name="pacer">Waits; used by this thread alone.</param>
    /// <param name="stop">Ends the firing.</param>
    public void Pace(IPacer pacer, CancellationToken stop)
    {
        pacer.Begin();
        ((IPopulation)_load.Prepared).Begin(this);
        while (!stop.IsCancellationRequested)
        {
            var nextNs = FireUntil((long)Now.TotalNanoseconds);
            pacer.WaitUntil(_clock.ToTimestamp(nextNs), stop);
        }

        lock (_gate)
        {
            _stoppedNs = (long)Now.TotalNanoseconds;
            FireUntil(_stoppedNs.Value);
            _due.Clear();
        }
    }

    /// <summary>Fires what was due before an instant and returns when to look again.</summary>
    private long FireUntil(long instantNs)
    {
        lock (_gate)
        {
            while (_due.TryPeek(out var action, out var dueNs) && dueNs <= instantNs)
            {
                _due.Dequeue();
                action();
            }

            var lookAgain = instantNs + (long)LookAgainAfter.TotalNanoseconds;
            return _due.TryPeek(out _, out var nextNs) ? Math.Min(nextNs, lookAgain) : lookAgain;
        }
    }
}

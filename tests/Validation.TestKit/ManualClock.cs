namespace Validation.TestKit;

/// <summary>A clock that stands still until a test moves it. Timers fire, in order, while it is moved.</summary>
public sealed class ManualClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _elapsed;

    /// <summary>Gets the wall-clock time at which the clock begins.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Gets how far the clock was moved.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_gate)
            {
                return _elapsed;
            }
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Start + Elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp() => Elapsed.Ticks;

    /// <summary>Moves the clock, firing every timer on the way at its own instant.</summary>
    public void Advance(TimeSpan by)
    {
        var target = Elapsed + by;
        while (NextDue(target) is { } timer)
        {
            timer.Fire();
        }

        lock (_gate)
        {
            // Whom a timer has woken may have moved it further meanwhile; it never goes back.
            _elapsed = target > _elapsed ? target : _elapsed;
        }
    }

    /// <summary>Moves the clock at once, as for a program that was not given the processor; timers fire late, afterwards.</summary>
    public void Jump(TimeSpan by)
    {
        lock (_gate)
        {
            _elapsed += by;
        }

        Advance(TimeSpan.Zero);
    }

    /// <summary>Moves the clock in small steps until the work has ended. Between two steps everything that awaits in it gets its turn, however busy the machine is.</summary>
    /// <param name="work">The work. What it does in other threads gets a millisecond of real time in each step.</param>
    /// <param name="step">How far the clock moves at once.</param>
    /// <param name="limit">The manual time that it may take.</param>
    public Task RunUntilAsync(Func<Task> work, TimeSpan step, TimeSpan limit)
    {
        var begin = Elapsed;
        var before = SynchronizationContext.Current;
        var pump = new Pump();
        SynchronizationContext.SetSynchronizationContext(pump);
        try
        {
            var task = work();
            while (!task.IsCompleted)
            {
                pump.RunAll(TimeSpan.FromMilliseconds(1));
                if (Elapsed - begin > limit)
                {
                    throw new TimeoutException($"Still running after {limit} of manual time.");
                }

                if (!task.IsCompleted)
                {
                    Advance(step);
                }
            }

            return task;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
            pump.End();
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_gate)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    private ManualTimer? NextDue(TimeSpan target)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= target).MinBy(timer => timer.Due);
            if (next?.Due > _elapsed)
            {
                _elapsed = next.Due.Value;
            }

            return next;
        }
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime < TimeSpan.Zero ? null : clock.Elapsed + dueTime;
            _period = period;
            return true;
        }

        public void Fire()
        {
            Due = _period > TimeSpan.Zero ? Due + _period : null;
            callback(state);
        }

        public void Dispose()
        {
            Due = null;
            lock (clock._gate)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

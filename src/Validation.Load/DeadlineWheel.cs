using Validation.Core.Running;

namespace Validation.Load;

/// <summary>Keeps the deadlines of all operations with a single timer. Adding and removing one allocates nothing.</summary>
/// <remarks>
/// A hashed timing wheel (Varghese and Lauck, SOSP 1987): time is cut into ticks, and a deadline waits in the slot of its tick modulo
/// the number of slots. A deadline is told at most one tick, and what .NET's timers are late, after its instant; never before.
/// </remarks>
internal sealed class DeadlineWheel : IDisposable
{
    private const int Slots = 2_048;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);
    private static readonly long TickNs = (long)Tick.TotalNanoseconds;

    private readonly Slot[] _slots = [.. Enumerable.Range(0, Slots).Select(_ => new Slot())];
    private readonly Lock _turning = new();
    private readonly RunClock _clock;
    private readonly ITimer _timer;
    private long _turned;

    /// <summary>Starts the wheel.</summary>
    /// <param name="clock">The clock.</param>
    public DeadlineWheel(RunClock clock)
    {
        _clock = clock;
        _turned = TickNow();
        _timer = clock.Time.CreateTimer(_ => Turn(), null, Tick, Tick);
    }

    /// <summary>Adds a deadline.</summary>
    /// <param name="entry">Who is told; waits for no other deadline.</param>
    /// <param name="dueNs">The instant, in nanoseconds of the clock.</param>
    public void Add(Entry entry, long dueNs)
    {
        var tick = (dueNs / TickNs) + 1;
        while (true)
        {
            // A slot that the wheel has passed would only be looked at when it comes round again.
            tick = Math.Max(tick, Volatile.Read(ref _turned) + 1);
            var slot = _slots[tick % Slots];
            lock (slot.Gate)
            {
                if (Volatile.Read(ref _turned) < tick)
                {
                    slot.Link(entry, tick);
                    return;
                }
            }
        }
    }

    /// <summary>Takes a deadline back. It may be told all the same when its instant has come already.</summary>
    /// <param name="entry">Who was to be told.</param>
    public static void Remove(Entry entry)
    {
        if (entry.Slot is { } slot)
        {
            lock (slot.Gate)
            {
                slot.Unlink(entry);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private long TickNow() => _clock.ToNanoseconds(_clock.Time.GetTimestamp()) / TickNs;

    private void Turn()
    {
        // When a turn takes longer than a tick, the one that is at work does the next one's work too.
        if (!_turning.TryEnter())
        {
            return;
        }

        try
        {
            for (var now = TickNow(); _turned < now; now = TickNow())
            {
                var tick = Math.Max(_turned + 1, now - Slots + 1);
                Volatile.Write(ref _turned, tick);
                for (var next = _slots[tick % Slots].TakeUntil(tick); next is not null;)
                {
                    var due = next;
                    next = due.Next;
                    due.Next = null;
                    due.Due();
                }
            }
        }
        finally
        {
            _turning.Exit();
        }
    }

    /// <summary>Somebody with a deadline.</summary>
    internal abstract class Entry
    {
        /// <summary>Gets or sets the slot in which it waits; null when it does not wait. Belongs to the wheel, as do the next three.</summary>
        internal Slot? Slot { get; set; }

        /// <summary>Gets or sets the neighbour before it.</summary>
        internal Entry? Previous { get; set; }

        /// <summary>Gets or sets the neighbour after it.</summary>
        internal Entry? Next { get; set; }

        /// <summary>Gets or sets the tick of its deadline.</summary>
        internal long Tick { get; set; }

        /// <summary>Tells that its deadline has come. Called by one thread; must be quick.</summary>
        protected internal abstract void Due();
    }

    /// <summary>Those whose ticks are the same, modulo the number of slots.</summary>
    internal sealed class Slot
    {
        private Entry? _first;

        /// <summary>Gets what to hold while the slot is looked at.</summary>
        public Lock Gate { get; } = new();

        /// <summary>Adds an entry; the caller holds the slot.</summary>
        public void Link(Entry entry, long tick)
        {
            (entry.Slot, entry.Tick, entry.Previous, entry.Next) = (this, tick, null, _first);
            if (_first is not null)
            {
                _first.Previous = entry;
            }

            _first = entry;
        }

        /// <summary>Takes an entry out if it is still there; the caller holds the slot.</summary>
        public void Unlink(Entry entry)
        {
            if (entry.Slot != this)
            {
                return;
            }

            if (entry.Previous is null)
            {
                _first = entry.Next;
            }
            else
            {
                entry.Previous.Next = entry.Next;
            }

            if (entry.Next is not null)
            {
                entry.Next.Previous = entry.Previous;
            }

            (entry.Slot, entry.Previous, entry.Next) = (null, null, null);
        }

        /// <summary>Takes out whose deadlines have come, as a chain.</summary>
        /// <param name="tick">The tick until which they have.</param>
        public Entry? TakeUntil(long tick)
        {
            Entry? taken = null;
            lock (Gate)
            {
                for (var entry = _first; entry is not null;)
                {
                    var next = entry.Next;
                    if (entry.Tick <= tick)
                    {
                        Unlink(entry);
                        entry.Next = taken;
                        taken = entry;
                    }

                    entry = next;
                }
            }

            return taken;
        }
    }
}

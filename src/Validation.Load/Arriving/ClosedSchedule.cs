using System.Collections.Concurrent;
using Validation.Core.Loads;

namespace Validation.Load.Arriving;

/// <summary>The schedule of a closed population: an answer plans the next operation of whoever got it.</summary>
/// <remarks>Operation <c>number</c> is of member <c>number mod members</c>.</remarks>
internal sealed class ClosedSchedule : Schedule
{
    // No shorter than that: looking costs the pacer some microseconds.
    private static readonly TimeSpan ShortestLook = TimeSpan.FromMilliseconds(1);

    private readonly PriorityQueue<int, (long DueNs, int Member)> _thinking = new();
    private readonly ConcurrentQueue<(int Member, long TookNs)> _answered = new();
    private readonly long[] _turns;
    private readonly long[] _dueNs;
    private readonly long _thinkNs;

    /// <summary>Creates the schedule. The members begin one after the other during the first think time.</summary>
    /// <param name="arrivals">The population.</param>
    public ClosedSchedule(ClosedArrivals arrivals)
    {
        _thinkNs = (long)arrivals.Think.TotalNanoseconds;
        _turns = new long[arrivals.Members];
        _dueNs = new long[arrivals.Members];
        MayChangeWithin = arrivals.Think > ShortestLook ? arrivals.Think : ShortestLook;
        for (var member = 0; member < arrivals.Members; member++)
        {
            Think(member, _thinkNs * member / arrivals.Members);
        }
    }

    /// <inheritdoc/>
    public override TimeSpan? MayChangeWithin { get; }

    /// <inheritdoc/>
    public override long Number
    {
        get
        {
            TakeAnswers();
            return _thinking.TryPeek(out var member, out _) ? member + (_turns[member] * _turns.Length) : -1;
        }
    }

    /// <inheritdoc/>
    public override long NextNs
    {
        get
        {
            TakeAnswers();
            return _thinking.TryPeek(out _, out var next) ? next.DueNs : Nothing;
        }
    }

    /// <inheritdoc/>
    public override void Advance() => _thinking.Dequeue();

    /// <inheritdoc/>
    public override void Ended(long number, long tookNs) => _answered.Enqueue(((int)(number % _turns.Length), tookNs));

    private void TakeAnswers()
    {
        while (_answered.TryDequeue(out var answer))
        {
            _turns[answer.Member]++;
            Think(answer.Member, _dueNs[answer.Member] + answer.TookNs + _thinkNs);
        }
    }

    private void Think(int member, long dueNs)
    {
        _dueNs[member] = dueNs;
        _thinking.Enqueue(member, (dueNs, member));
    }
}

using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Load.Workers.Protocol;

namespace Validation.Load.Workers.Controlling;

/// <summary>
/// Puts the shares of all workers together again. It walks the plan, not what was received: every operation that was
/// planned is written exactly once, in the order of the planned instants, and one of which nobody told the end is
/// written down as lost.
/// </summary>
/// <remarks>Operations are written as soon as every worker that is still there has settled what was planned before them.</remarks>
internal sealed class SampleMerge
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Lane, (long Planned, int Load, long Number)> _next = new();
    private readonly Dictionary<(int Worker, ushort Load), Lane> _lanes = [];
    private readonly ShareCount[] _counts;
    private readonly long[] _settled;
    private readonly long _beginNs;
    private readonly Action<Sample, string?> _write;

    /// <summary>Begins a merge.</summary>
    /// <param name="loads">The loads, in the order of the plan.</param>
    /// <param name="workers">How many workers share them.</param>
    /// <param name="beginNs">When the loads begin, in nanoseconds since the run began.</param>
    /// <param name="write">Takes each operation and the class of its failure; the outcome in the sample is not set.</param>
    public SampleMerge(IReadOnlyList<PlannedLoad> loads, int workers, long beginNs, Action<Sample, string?> write)
    {
        (_beginNs, _write) = (beginNs, write);
        _counts = new ShareCount[workers];
        _settled = new long[workers];
        for (var worker = 0; worker < workers; worker++)
        {
            for (var load = 0; load < loads.Count; load++)
            {
                var schedule = Schedule.Of(loads[load].Arrivals, load, loads.Count, new Share(worker, workers));
                var lane = new Lane(worker, (ushort)load, workers, (long)loads[load].Timeout.TotalNanoseconds, schedule);
                _lanes[(worker, (ushort)load)] = lane;
                Enqueue(lane);
            }
        }
    }

    /// <summary>Takes what a worker told.</summary>
    /// <param name="worker">The worker's index, from 0.</param>
    /// <param name="operation">How an operation ended.</param>
    /// <param name="failure">The class of its failure; null when it succeeded.</param>
    /// <returns>False when the operation is none of this worker's share, or was told before.</returns>
    public bool Add(int worker, in EndedOperation operation, string? failure)
    {
        lock (_gate)
        {
            return _lanes.TryGetValue((worker, operation.Load), out var lane) && lane.Add(operation, failure);
        }
    }

    /// <summary>Notes that a worker has told the end of everything that was planned before an instant, and writes what can be written.</summary>
    /// <param name="worker">The worker's index, from 0.</param>
    /// <param name="settledNs">The instant, in nanoseconds since the loads began.</param>
    public void Settle(int worker, long settledNs)
    {
        lock (_gate)
        {
            _settled[worker] = Math.Max(_settled[worker], settledNs);
            WriteBefore(_settled.Min());
        }
    }

    /// <summary>Notes that a worker tells nothing any more, so that nobody waits for it.</summary>
    /// <param name="worker">The worker's index, from 0.</param>
    public void Lose(int worker)
    {
        lock (_gate)
        {
            _settled[worker] = long.MaxValue;

            // When all are lost it is for Close to say how far the plan goes.
            if (_settled.Any(settled => settled < long.MaxValue))
            {
                WriteBefore(_settled.Min());
            }
        }
    }

    /// <summary>Writes everything that was planned before the loads were stopped. What was planned later is dropped.</summary>
    /// <param name="stopNs">When they were stopped, in nanoseconds since the run began.</param>
    /// <returns>For each worker what it told and what is missing.</returns>
    public IReadOnlyList<ShareCount> Close(long stopNs)
    {
        lock (_gate)
        {
            WriteBefore(stopNs - _beginNs);
            return _counts;
        }
    }

    private void WriteBefore(long instantNs)
    {
        while (_next.Peek() is var lane && lane.Schedule.NextNs < instantNs)
        {
            _next.Dequeue();
            var count = _counts[lane.Worker];
            var planned = _beginNs + lane.Schedule.NextNs;
            if (lane.Take() is var (operation, failure))
            {
                _write(operation.At(planned), failure);
                _counts[lane.Worker] = count with { Reported = count.Reported + 1 };
            }
            else
            {
                _write(new Sample(planned, Sample.Never, planned + lane.TimeoutNs, lane.Load, 0), Outcome.WorkerLost);
                _counts[lane.Worker] = count with { Missing = count.Missing + 1 };
            }

            lane.Schedule.Advance();
            Enqueue(lane);
        }
    }

    private void Enqueue(Lane lane) => _next.Enqueue(lane, (lane.Schedule.NextNs, lane.Load, lane.Schedule.Number));

    /// <summary>The share that one worker has of one load.</summary>
    private sealed class Lane(int worker, ushort load, int workers, long timeoutNs, Schedule schedule)
    {
        private readonly Dictionary<long, (EndedOperation Operation, string? Failure)> _told = [];

        public int Worker => worker;

        public ushort Load => load;

        public long TimeoutNs => timeoutNs;

        public Schedule Schedule => schedule;

        public bool Add(in EndedOperation operation, string? failure) =>
            operation.Number % workers == worker && operation.Number >= schedule.Number && _told.TryAdd(operation.Number, (operation, failure));

        public (EndedOperation Operation, string? Failure)? Take() =>
            _told.Remove(schedule.Number, out var told) ? told : null;
    }
}

/// <summary>What became of one worker's share.</summary>
/// <param name="Reported">Planned operations that it told the end of.</param>
/// <param name="Missing">Planned operations that it did not tell the end of.</param>
internal readonly record struct ShareCount(long Reported, long Missing);

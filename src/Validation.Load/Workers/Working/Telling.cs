using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Load.Workers.Protocol;

namespace Validation.Load.Workers.Working;

/// <summary>Collects what a worker has to tell of its operations, until it is told.</summary>
internal sealed class Telling : IOperationSink
{
    // A batch is some 900 KB: well below the longest frame.
    private const int LongestBatch = 32_768;

    private readonly Lock _gate = new();
    private readonly FrameConnection _connection;
    private readonly long _beginNs;
    private readonly ConcurrentDictionary<(ushort Load, long Number), long> _open = new();
    private readonly Dictionary<string, ushort> _failures = [];
    private readonly long[] _told;
    private List<EndedOperation> _operations = [];
    private Second[] _seconds;
    private long _firedBefore;

    /// <summary>Begins to collect.</summary>
    /// <param name="connection">The connection to the controller.</param>
    /// <param name="loads">How many loads there are.</param>
    /// <param name="beginNs">When the loads begin, on the worker's clock.</param>
    public Telling(FrameConnection connection, int loads, long beginNs)
    {
        (_connection, _beginNs, _firedBefore) = (connection, beginNs, beginNs);
        _told = new long[loads];
        _seconds = NewSeconds();
    }

    /// <summary>Gets how many operations of each load were told.</summary>
    public IReadOnlyList<long> Told => _told;

    /// <inheritdoc/>
    public void FiredBefore(long plannedNs) => Volatile.Write(ref _firedBefore, plannedNs);

    /// <inheritdoc/>
    public void Opened(ushort load, long number, long plannedNs) => _open[(load, number)] = plannedNs;

    /// <inheritdoc/>
    public void Ended(long number, in Sample sample, Outcome outcome)
    {
        lock (_gate)
        {
            _operations.Add(EndedOperation.Of(number, sample with { Outcome = NumberOf(outcome) }));
            _seconds[sample.Load].Count(sample, outcome.Succeeded);
        }

        // Not before it is among those that will be told: whatever is not open counts as settled.
        _open.TryRemove((sample.Load, number), out _);
    }

    /// <summary>Tells everything that was collected, and how far everything is settled.</summary>
    public void Tell()
    {
        // The order matters: what is settled is decided first, and all that is settled is then among the operations.
        var settled = Volatile.Read(ref _firedBefore);
        foreach (var (_, planned) in _open)
        {
            settled = Math.Min(settled, planned);
        }

        List<EndedOperation> operations;
        Second[] seconds;
        lock (_gate)
        {
            (operations, _operations) = (_operations, []);
            (seconds, _seconds) = (_seconds, NewSeconds());
        }

        foreach (var operation in operations)
        {
            _told[operation.Load]++;
        }

        for (var rest = CollectionsMarshal.AsSpan(operations); !rest.IsEmpty; rest = rest[Math.Min(LongestBatch, rest.Length)..])
        {
            _connection.Send(FrameKind.Operations, EndedOperation.Write(rest[..Math.Min(LongestBatch, rest.Length)]));
        }

        _connection.Send(new Tick(settled - _beginNs, [.. seconds.Select(second => second.ToMessage())]));
    }

    private Second[] NewSeconds() => [.. _told.Select(_ => new Second())];

    private ushort NumberOf(Outcome outcome)
    {
        if (outcome.Succeeded)
        {
            return 0;
        }

        if (!_failures.TryGetValue(outcome.Failure!, out var number))
        {
            number = (ushort)(_failures.Count + 1);
            _failures[outcome.Failure!] = number;
            _connection.Send(new FailureNamed(number, outcome.Failure!));
        }

        return number;
    }

    private sealed class Second
    {
        private readonly HdrHistogram _latencies = HdrHistogram.ForLatencies();
        private long _failed;

        public void Count(in Sample sample, bool succeeded)
        {
            if (succeeded)
            {
                _latencies.Add(sample.LatencyNs);
            }
            else
            {
                _failed++;
            }
        }

        public LoadSecond ToMessage() => new(_failed, _latencies.Encode());
    }
}

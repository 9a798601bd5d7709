using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Load.Workers.Protocol;

namespace Validation.Load.Workers.Controlling;

/// <summary>Brings what all workers tell into one recording.</summary>
internal sealed class Collector : IWorkerListener
{
    private readonly Lock _gate = new();
    private readonly HashSet<(string Load, string Failure)> _seen = [];
    private readonly Dictionary<int, HashSet<string>> _standing = [];
    private readonly HashSet<int> _distrusted = [];
    private readonly Dictionary<(int Worker, int Load), Account> _accounts = [];
    private readonly IEventSink _events;
    private readonly ISvidSink _svids;
    private SampleMerge? _merge;
    private long _shiftNs;

    /// <summary>Creates the collector.</summary>
    /// <param name="site">The run's own sinks.</param>
    public Collector(LoadSite site) => (_events, _svids) = (site.Events, site.Svids);

    /// <summary>Begins to take operations.</summary>
    /// <param name="merge">Puts them together.</param>
    /// <param name="shiftNs">What the links' clock must be added to be the run's.</param>
    public void Begin(SampleMerge merge, long shiftNs) => (_merge, _shiftNs) = (merge, shiftNs);

    /// <inheritdoc/>
    public void Ended(WorkerLink worker, in EndedOperation operation, string? failure)
    {
        if (_merge?.Add(worker.Number - 1, operation, failure) != true)
        {
            Distrust(worker, $"It told of operation {operation.Number} of load {operation.Load}, which is not its own or was told before.");
            return;
        }

        lock (_gate)
        {
            AccountOf(worker, operation.Load).Told(operation);
        }
    }

    /// <inheritdoc/>
    public void Received(WorkerLink worker, in IssuedSvid svid) => _svids.Record(svid with { AtNs = svid.AtNs + _shiftNs });

    /// <inheritdoc/>
    public void Ticked(WorkerLink worker, Tick tick)
    {
        lock (_gate)
        {
            for (var load = 0; load < tick.Loads.Count; load++)
            {
                AccountOf(worker, load).Streamed(tick.Loads[load]);
            }
        }

        _merge?.Settle(worker.Number - 1, tick.SettledNs);
    }

    /// <inheritdoc/>
    public void Happened(WorkerLink worker, Fact fact)
    {
        lock (_gate)
        {
            switch (fact)
            {
                case FailureSeen seen when !_seen.Add((seen.Load, seen.Failure)):
                    return;
                case Trouble trouble:
                    fact = trouble with { Part = $"worker {worker.Number}: {trouble.Part}" };
                    break;
                case HarnessHealth health:
                    fact = health with { Worker = worker.Number };
                    break;
                case EntryChanged { Change: EntryChange.Created } created:
                    StandingOf(worker).Add(created.Entry);
                    break;
                case EntryChanged changed:
                    StandingOf(worker).Remove(changed.Entry);
                    break;
                default:
                    break;
            }

            // In one step with the bookkeeping, so that an entry's lines stay in their order.
            _events.Record(fact);
        }
    }

    /// <inheritdoc/>
    public void Begun(WorkerLink worker, long lateNs)
    {
        if (lateNs > 0)
        {
            _events.Record(new Trouble(
                $"worker {worker.Number}", $"It learned when to begin {Duration.Format(TimeSpan.FromMicroseconds(lateNs / 1_000.0))} too late."));
        }
    }

    /// <inheritdoc/>
    public void Lost(WorkerLink worker, string reason)
    {
        lock (_gate)
        {
            _events.Record(new WorkerLost(worker.Number, reason));

            // It may have been about to delete any of them, and could no longer say so.
            foreach (var entry in StandingOf(worker))
            {
                _events.Record(new EntryChanged(entry, EntryChange.Deleting));
            }

            StandingOf(worker).Clear();
        }

        _merge?.Lose(worker.Number - 1);
    }

    /// <summary>Compares what a worker streamed every second with the operations that arrived of it.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="finished">What it says that it told.</param>
    public void Audit(WorkerLink worker, Finished finished)
    {
        lock (_gate)
        {
            for (var load = 0; load < finished.Ended.Count; load++)
            {
                if (AccountOf(worker, load).ProblemWith(finished.Ended[load]) is { } problem)
                {
                    _events.Record(new Trouble($"worker {worker.Number}", $"Load {load}: {problem}"));
                }
            }
        }
    }

    private void Distrust(WorkerLink worker, string why)
    {
        lock (_gate)
        {
            if (_distrusted.Add(worker.Number))
            {
                _events.Record(new Trouble($"worker {worker.Number}", why));
            }
        }
    }

    private HashSet<string> StandingOf(WorkerLink worker) =>
        _standing.TryGetValue(worker.Number, out var standing) ? standing : _standing[worker.Number] = [];

    private Account AccountOf(WorkerLink worker, int load) =>
        _accounts.TryGetValue((worker.Number, load), out var account) ? account : _accounts[(worker.Number, load)] = new Account();

    /// <summary>Counts a worker's operations of one load twice: as they arrive, and as its own seconds say.</summary>
    private sealed class Account
    {
        private readonly HdrHistogram _told = HdrHistogram.ForLatencies();
        private readonly HdrHistogram _streamed = HdrHistogram.ForLatencies();
        private long _toldFailed;
        private long _streamedFailed;

        public void Told(in EndedOperation operation)
        {
            if (operation.Outcome == 0)
            {
                _told.Add(operation.CompletedAfterNs);
            }
            else
            {
                _toldFailed++;
            }
        }

        public void Streamed(LoadSecond second)
        {
            _streamed.Add(HdrHistogram.Decode(second.Latencies));
            _streamedFailed += second.Failed;
        }

        public string? ProblemWith(long ended)
        {
            var told = _told.Count + _toldFailed;
            if (told != ended)
            {
                return $"{ended} operations were sent and {told} arrived.";
            }

            return _toldFailed == _streamedFailed && _told.Encode().AsSpan().SequenceEqual(_streamed.Encode())
                ? null
                : "The histograms of its seconds and its operations differ.";
        }
    }
}

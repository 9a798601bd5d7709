using System.Collections.Concurrent;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Load;

/// <summary>Keeps the books of all operations: hands them to the thread pool and records how each one ended.</summary>
internal sealed class OperationBook : IDisposable
{
    private readonly IOperationSink _sink;
    private readonly IEventSink _events;
    private readonly ConcurrentDictionary<(ushort Load, string Failure), bool> _seen = new();
    private readonly TaskCompletionSource _allAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The operations under way, and one more until nothing is fired any longer.
    private long _open = 1;

    /// <summary>Opens the book.</summary>
    /// <param name="clock">The run's clock.</param>
    /// <param name="sink">Told how every operation ended.</param>
    /// <param name="events">Where to record the first failure of each class.</param>
    public OperationBook(RunClock clock, IOperationSink sink, IEventSink events)
    {
        (Clock, _sink, _events) = (clock, sink, events);
        Deadlines = new DeadlineWheel(clock);
    }

    /// <summary>Gets the run's clock.</summary>
    public RunClock Clock { get; }

    /// <summary>Gets the deadlines of the operations under way.</summary>
    public DeadlineWheel Deadlines { get; }

    /// <summary>Gets the tokens of the operations under way.</summary>
    public TokenPool Tokens { get; } = new();

    /// <summary>Returns the nanoseconds since the run began.</summary>
    public long NowNs() => Clock.ToNanoseconds(Clock.Time.GetTimestamp());

    /// <summary>Notes that every operation planned before an instant has been handed over.</summary>
    /// <param name="plannedNs">The instant.</param>
    public void FiredBefore(long plannedNs) => _sink.FiredBefore(plannedNs);

    /// <summary>Hands the next operation of a load to the thread pool. Returns at once.</summary>
    /// <param name="stream">The load.</param>
    /// <param name="plannedNs">The operation's planned instant, in nanoseconds since the run began.</param>
    public void Fire(LoadStream stream, long plannedNs)
    {
        Interlocked.Increment(ref _open);
        var number = stream.Schedule.Number;
        _sink.Opened(stream.Index, number, plannedNs);
        Start(stream.Operations, number, plannedNs, stream.Perform);
    }

    /// <summary>Hands an operation of a population to the thread pool. Returns at once.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="number">Its number in the stream.</param>
    /// <param name="plannedNs">Its planned instant, in nanoseconds since the run began.</param>
    /// <param name="perform">Does it.</param>
    public void Fire(OperationStream stream, long number, long plannedNs, Func<Operation, CancellationToken, ValueTask<Outcome>> perform)
    {
        Interlocked.Increment(ref _open);
        Start(stream, number, plannedNs, perform);
    }

    /// <summary>Records how an operation ended.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="number">Its number.</param>
    /// <param name="sample">Its stamps.</param>
    /// <param name="outcome">How it ended.</param>
    public void Close(OperationStream stream, long number, in Sample sample, Outcome outcome)
    {
        _sink.Ended(number, sample, outcome);
        stream.Ended?.Invoke(number, sample.LatencyNs);
        if (outcome is { Failure: { } failure, Detail: { } detail } && _seen.TryAdd((stream.Index, failure), true))
        {
            _events.Record(new FailureSeen(stream.Name, failure, detail));
        }

        CloseOne();
    }

    /// <summary>Waits until every operation that was fired has ended. Nothing may be fired after this call.</summary>
    public Task AllAnsweredAsync()
    {
        CloseOne();
        return _allAnswered.Task;
    }

    /// <inheritdoc/>
    public void Dispose() => Deadlines.Dispose();

    private void Start(OperationStream stream, long number, long plannedNs, Func<Operation, CancellationToken, ValueTask<Outcome>> perform) =>
        ThreadPool.UnsafeQueueUserWorkItem(new OpenOperation(this, stream, number, plannedNs, perform), preferLocal: false);

    private void CloseOne()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _allAnswered.TrySetResult();
        }
    }
}

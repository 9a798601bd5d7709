using System.Collections.Concurrent;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Load;

/// <summary>Keeps the books of all operations: fires them, gives each its stamps, and records how it ended.</summary>
internal sealed class OperationBook
{
    // A driver that ignores its cancelled token is given up after this.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly RunClock _clock;
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
    public OperationBook(RunClock clock, IOperationSink sink, IEventSink events) => (_clock, _sink, _events) = (clock, sink, events);

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
        ThreadPool.UnsafeQueueUserWorkItem(_ => _ = RunAsync(stream, number, plannedNs), null);
    }

    /// <summary>Waits until every operation that was fired has ended. Nothing may be fired after this call.</summary>
    public Task AllAnsweredAsync()
    {
        Close();
        return _allAnswered.Task;
    }

    private async Task RunAsync(LoadStream stream, long number, long plannedNs)
    {
        try
        {
            var deadlineNs = plannedNs + (long)stream.Load.Spec.Timeout.TotalNanoseconds;
            var firedNs = Now();
            if (firedNs >= deadlineNs)
            {
                Write(stream, number, Outcome.Failed(Outcome.NotFired), plannedNs, Sample.Never, firedNs);
                return;
            }

            var operation = new Operation(number, _clock.Time);
            var outcome = await PerformAsync(stream, operation, TimeSpan.FromMicroseconds((deadlineNs - firedNs) / 1_000.0));
            var completedNs = operation.AnsweredTimestamp is { } answered ? _clock.ToNanoseconds(answered) : Now();
            var inTime = completedNs <= deadlineNs || !outcome.Succeeded;
            Write(stream, number, inTime ? outcome : Outcome.Failed(Outcome.TimedOut), plannedNs, firedNs, completedNs);
        }
        finally
        {
            Close();
        }
    }

    private async Task<Outcome> PerformAsync(LoadStream stream, Operation operation, TimeSpan left)
    {
        using var deadline = new CancellationTokenSource(left, _clock.Time);
        try
        {
            return await stream.Load.Prepared.RunAsync(operation, deadline.Token).AsTask().WaitAsync(left + Grace, _clock.Time);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return Outcome.Failed(Outcome.TimedOut);
        }
        catch (TimeoutException)
        {
            return Outcome.Failed(Outcome.TimedOut, "The driver did not end when its time was over.");
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return Outcome.Failed(Outcome.DriverError, $"{error.GetType().Name}: {error.Message}");
        }
    }

    private void Write(LoadStream stream, long number, Outcome outcome, long plannedNs, long firedNs, long completedNs)
    {
        _sink.Ended(number, new Sample(plannedNs, firedNs, completedNs, stream.Index, 0), outcome);
        stream.Schedule.Ended(number, completedNs - plannedNs);
        if (outcome is { Failure: { } failure, Detail: { } detail } && _seen.TryAdd((stream.Index, failure), true))
        {
            _events.Record(new FailureSeen(stream.Load.Spec.Name, failure, detail));
        }
    }

    private long Now() => _clock.ToNanoseconds(_clock.Time.GetTimestamp());

    private void Close()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _allAnswered.TrySetResult();
        }
    }
}

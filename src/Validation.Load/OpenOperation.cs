using Validation.Core.Loads;
using Validation.Core.Recording;

namespace Validation.Load;

/// <summary>One operation from its planned instant until it is in the books.</summary>
internal sealed class OpenOperation : DeadlineWheel.Entry, IThreadPoolWorkItem
{
    private const int Running = 0;
    private const int Overdue = 1;
    private const int Ended = 2;

    // A driver that ignores its cancelled token is given up after this.
    private static readonly long GraceNs = (long)TimeSpan.FromMilliseconds(500).TotalNanoseconds;

    private readonly OperationBook _book;
    private readonly OperationStream _stream;
    private readonly Func<Operation, CancellationToken, ValueTask<Outcome>> _perform;
    private readonly Operation _operation;
    private readonly long _plannedNs;
    private readonly long _deadlineNs;
    private CancellationTokenSource? _cancellation;
    private long _firedNs;
    private int _state;

    /// <summary>Creates the operation.</summary>
    /// <param name="book">The book it is in.</param>
    /// <param name="stream">Its stream.</param>
    /// <param name="number">Its number in the stream.</param>
    /// <param name="plannedNs">Its planned instant.</param>
    /// <param name="perform">Does it.</param>
    public OpenOperation(
        OperationBook book, OperationStream stream, long number, long plannedNs, Func<Operation, CancellationToken, ValueTask<Outcome>> perform)
    {
        (_book, _stream, _plannedNs, _perform) = (book, stream, plannedNs, perform);
        _operation = new Operation(number, book.Clock.Time);
        _deadlineNs = plannedNs + stream.TimeoutNs;
    }

    /// <summary>Fires it.</summary>
    public void Execute()
    {
        _firedNs = _book.NowNs();
        if (_firedNs >= _deadlineNs)
        {
            _book.Close(_stream, _operation.Number, new Sample(_plannedNs, Sample.Never, _firedNs, _stream.Index, 0), Outcome.Failed(Outcome.NotFired));
            return;
        }

        _cancellation = _book.Tokens.Rent();
        _ = RunAsync(_cancellation.Token);
    }

    /// <inheritdoc/>
    protected internal override void Due()
    {
        if (Interlocked.CompareExchange(ref _state, Overdue, Running) == Running)
        {
            // What was waiting for the token may take its time; the other deadlines shall not wait for it.
            _ = _cancellation!.CancelAsync();
            _book.Deadlines.Add(this, _deadlineNs + GraceNs);
        }
        else
        {
            End(Outcome.Failed(Outcome.TimedOut, "The driver did not end when its time was over."));
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        Outcome outcome;
        try
        {
            var answer = _perform(_operation, cancellationToken);
            if (!answer.IsCompleted)
            {
                _book.Deadlines.Add(this, _deadlineNs);
            }

            outcome = await answer;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            outcome = Outcome.Failed(Outcome.TimedOut);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            outcome = Outcome.Failed(Outcome.DriverError, $"{error.GetType().Name}: {error.Message}");
        }

        End(outcome);
    }

    private void End(Outcome outcome)
    {
        var before = Interlocked.Exchange(ref _state, Ended);
        if (before == Ended)
        {
            return;
        }

        DeadlineWheel.Remove(this);
        if (before == Running)
        {
            // Nobody cancels it any more, so another operation may have it.
            _book.Tokens.Return(_cancellation!);
        }

        var completedNs = _operation.AnsweredTimestamp is { } answered ? _book.Clock.ToNanoseconds(answered) : _book.NowNs();
        var inTime = completedNs <= _deadlineNs || !outcome.Succeeded;
        _book.Close(
            _stream,
            _operation.Number,
            new Sample(_plannedNs, _firedNs, completedNs, _stream.Index, 0),
            inTime ? outcome : Outcome.Failed(Outcome.TimedOut));
    }
}

namespace Spire.Wire.Grpc.Client;

/// <summary>The time that a call has, and what its failures mean in the light of that.</summary>
internal sealed class CallLife : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan? _timeout;
    private readonly long _start;
    private readonly CancellationToken _caller;
    private readonly CancellationPool _pool;
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenRegistration _callerGivesUp;
    private volatile bool _isEnded;

    public CallLife(TimeProvider time, CancellationPool pool, TimeSpan? timeout, CancellationToken caller)
    {
        _time = time;
        _timeout = timeout;
        _start = time.GetTimestamp();
        _caller = caller;
        _pool = pool;
        _end = pool.Rent(timeout);
        _callerGivesUp = caller.UnsafeRegister(static end => ((CancellationTokenSource)end!).Cancel(), _end);
    }

    /// <summary>Gets the token that is cancelled when the time is over, the caller gives up, or the call is ended.</summary>
    public CancellationToken Token => _end.Token;

    // The timer and the clock may disagree by some milliseconds; who is first is right.
    private bool IsTimeOver =>
        (_end.IsCancellationRequested && !_isEnded) || (_timeout is { } timeout && _time.GetElapsedTime(_start) >= timeout);

    /// <summary>Ends the call from our side.</summary>
    public void End()
    {
        _isEnded = true;
        _end.Cancel();
    }

    /// <summary>Returns what to throw for a failure.</summary>
    public Exception Explain(Exception failure)
    {
        if (failure is GrpcException)
        {
            return failure;
        }

        if (_caller.IsCancellationRequested)
        {
            return new OperationCanceledException("The caller gave up the call.", failure, _caller);
        }

        if (IsTimeOver)
        {
            // Whatever broke, it broke after the deadline; a server that resets the stream at that instant is no failure.
            return new GrpcException(StatusCode.DeadlineExceeded, "context deadline exceeded", failure);
        }

        return _isEnded
            ? new GrpcException(StatusCode.Canceled, "The call was disposed of.", failure)
            : TransportFailure.Explain(failure);
    }

    public void Dispose()
    {
        _callerGivesUp.Dispose();
        _pool.Return(_end);
    }
}

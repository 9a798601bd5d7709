using Google.Protobuf;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>
/// Calls methods with one request and one response, as <see cref="GrpcChannel"/> does, for those who make so many of them that
/// their price counts. Calls may come from any thread and share one connection.
/// </summary>
/// <remarks>
/// The connection is opened by the first call and again when it was lost or the server sent GOAWAY. Failures are not retried,
/// except when the server says that it has not seen the call.
/// </remarks>
public sealed class UnaryChannel : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _life = new();
    private readonly GrpcChannelOptions _options;
    private readonly CancellationPool _cancellations;
    private Task<GrpcConnection>? _current;

    /// <summary>Creates a channel; nothing is opened yet.</summary>
    /// <param name="options">How to reach the server. What <see cref="GrpcConnection.OpenAsync"/> does not use has no effect.</param>
    public UnaryChannel(GrpcChannelOptions options)
    {
        _options = options;
        _cancellations = new CancellationPool(options.Time);
    }

    /// <summary>Makes a call.</summary>
    /// <typeparam name="TRequest">The request.</typeparam>
    /// <typeparam name="TResponse">The response.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="request">The request; must not change before the call has ended.</param>
    /// <param name="options">Its timeout and metadata.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <exception cref="GrpcException">It ended with a status other than <see cref="StatusCode.OK"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller gave it up.</exception>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        UnaryMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        using var life = new CallLife(_options.Time, _cancellations, options.Timeout, cancellationToken);
        try
        {
            try
            {
                return await CallOnceAsync(method, request, options, life.Token);
            }
            catch (GrpcException failure) when (GrpcConnection.IsUnseen(failure))
            {
                return await CallOnceAsync(method, request, options, life.Token);
            }
        }
        catch (Exception failure)
        {
            throw life.Explain(failure);
        }
    }

    /// <summary>Closes the connection; calls that run fail.</summary>
    public void Dispose()
    {
        Task<GrpcConnection>? current;
        lock (_gate)
        {
            // A cancelled life opens nothing more.
            _life.Cancel();
            current = _current;
        }

        // It may still be opening; then it is closed if it is open all the same.
        _ = current?.ContinueWith(
            static opened => opened.IsCompletedSuccessfully ? opened.Result.DisposeAsync().AsTask() : Task.FromResult(opened.Exception),
            TaskScheduler.Default);
    }

    private async Task<TResponse> CallOnceAsync<TRequest, TResponse>(
        UnaryMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        var opening = Open();
        var connection = opening.IsCompletedSuccessfully ? opening.Result : await opening.WaitAsync(cancellationToken);
        return await connection.CallAsync(method, request, options, cancellationToken);
    }

    private Task<GrpcConnection> Open()
    {
        lock (_gate)
        {
            if (_life.IsCancellationRequested)
            {
                throw new GrpcException(StatusCode.Canceled, "The channel was disposed of.");
            }

            if (_current is not { } current || (current.IsCompleted && !(current.IsCompletedSuccessfully && current.Result.IsUsable)))
            {
                // Not on the caller's thread: it holds a lock.
                _current = Task.Run(() => GrpcConnection.OpenAsync(_options, _life.Token));
            }

            return _current;
        }
    }
}

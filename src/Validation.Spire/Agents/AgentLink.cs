using Spire.Wire.Certificates;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Client.Lean;

namespace Validation.Spire.Agents;

/// <summary>
/// The one connection of an agent. After a call that failed it is dropped and the next call dials again; one that the server
/// ends while no call runs, because of its age for instance, is opened again at once. So does SPIRE's agent.
/// </summary>
/// <param name="options">How to connect with an identity.</param>
internal sealed class AgentLink(Func<X509Svid, GrpcChannelOptions> options) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _life = new();
    private Task<GrpcConnection>? _current;
    private X509Svid? _identity;
    private int _users;

    /// <summary>Gets the SVID that is shown; null before the first.</summary>
    public X509Svid? Identity => _identity;

    /// <summary>Shows another SVID from the next call on. Not while calls run.</summary>
    /// <param name="identity">The SVID; disposed of when the next one comes.</param>
    public void Show(X509Svid identity)
    {
        Drop(_current);
        _identity?.Dispose();
        _identity = identity;
    }

    /// <summary>Makes calls. Any exception drops the connection.</summary>
    /// <typeparam name="T">What the calls bring.</typeparam>
    /// <param name="calls">Makes the calls; made again when the server said that it has not looked at them.</param>
    /// <param name="cancellationToken">Ends the waiting for a connection.</param>
    public async Task<T> UseAsync<T>(Func<GrpcConnection, Task<T>> calls, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _users);
        try
        {
            try
            {
                return await UseOnceAsync(calls, cancellationToken);
            }
            catch (GrpcException failure) when (GrpcConnection.IsUnseen(failure))
            {
                return await UseOnceAsync(calls, cancellationToken);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _users);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _life.Cancel();
        Drop(_current);
        _identity?.Dispose();
        _life.Dispose();
    }

    private async Task<T> UseOnceAsync<T>(Func<GrpcConnection, Task<T>> calls, CancellationToken cancellationToken)
    {
        var opening = Open();
        try
        {
            return await calls(await opening.WaitAsync(cancellationToken));
        }
        catch
        {
            Drop(opening);
            throw;
        }
    }

    private Task<GrpcConnection> Open()
    {
        lock (_gate)
        {
            if (_current is not { } current || (current.IsCompletedSuccessfully && !current.Result.IsUsable))
            {
                _current = OpenAsync(_identity ?? throw new InvalidOperationException("The agent is not attested."));
            }

            return _current;
        }
    }

    private async Task<GrpcConnection> OpenAsync(X509Svid identity)
    {
        // Not on the caller's thread: it holds a lock.
        await Task.Yield();
        var connection = await GrpcConnection.OpenAsync(options(identity), _life.Token);
        _ = connection.Unusable.ContinueWith(_ => OpenAgain(connection), TaskScheduler.Default);
        return connection;
    }

    private void OpenAgain(GrpcConnection ended)
    {
        lock (_gate)
        {
            var isCurrent = _current is { IsCompletedSuccessfully: true } current && current.Result == ended;
            if (isCurrent && Volatile.Read(ref _users) == 0 && !_life.IsCancellationRequested && _identity is { } identity)
            {
                _current = OpenAsync(identity);

                // Whoever calls next sees whether it failed.
                _ = _current.ContinueWith(static opening => _ = opening.Exception, TaskScheduler.Default);
            }
        }
    }

    private void Drop(Task<GrpcConnection>? opening)
    {
        lock (_gate)
        {
            if (_current == opening)
            {
                _current = null;
            }
        }

        // It may still be opening; then it is closed when it is open.
        _ = opening?.ContinueWith(
            static opened =>
            {
                _ = opened.IsCompletedSuccessfully ? opened.Result.DisposeAsync().AsTask() : Task.FromResult(opened.Exception);
            },
            TaskScheduler.Default);
    }
}

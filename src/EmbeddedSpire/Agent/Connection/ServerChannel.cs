using System.Net;
using System.Net.Sockets;
using EmbeddedSpire.Agent.Timing;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>
/// A gRPC channel as SPIRE's agent dials it, <c>dns:///host:port</c> with <c>round_robin</c>: a connection to every address
/// that the name has, and calls go round those that are ready. While none is, calls wait; when all have failed, calls fail.
/// </summary>
internal sealed class ServerChannel : IDisposable
{
    // gRPC's resolver asks no more often.
    private static readonly TimeSpan LeastBetweenLookUps = TimeSpan.FromSeconds(30);

    private readonly ServerAddress _server;
    private readonly ServerConnector _connector;
    private readonly NameLookUp _lookUp;
    private readonly Jitter _jitter;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, ServerConnection> _connections = new(StringComparer.Ordinal);
    private TaskCompletionSource _change = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _trouble = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _failure;
    private bool _begun;
    private bool _isStuck;
    private int _turn;

    /// <summary>Creates the channel; nothing is looked up or opened before the first call.</summary>
    /// <param name="server">The servers.</param>
    /// <param name="connector">Opens connections.</param>
    /// <param name="lookUp">Finds addresses.</param>
    /// <param name="jitter">Draws the pauses after failures.</param>
    /// <param name="time">The clock.</param>
    public ServerChannel(ServerAddress server, ServerConnector connector, NameLookUp lookUp, Jitter jitter, TimeProvider time)
    {
        _server = server;
        _connector = connector;
        _lookUp = lookUp;
        _jitter = jitter;
        _time = time;
    }

    /// <summary>Gets whether a channel on which all connections have failed stays so: <see cref="Defect.NeverReconnects"/>.</summary>
    public bool NeverReconnects { get; init; }

    /// <summary>Gets whether it is of no use any more.</summary>
    public bool IsStuck => NeverReconnects && _isStuck;

    /// <summary>Returns the channel to the server whose turn it is.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="GrpcException">No server can be reached.</exception>
    public async Task<GrpcChannel> PickAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task change;
            lock (_gate)
            {
                Begin();
                var ready = _connections.Values.Where(connection => connection.State == ConnectionState.Ready).ToList();
                if (ready.Count > 0 && !IsStuck)
                {
                    _turn = (_turn + 1) % ready.Count;
                    return ready[_turn].Channel;
                }

                if (_failure is not null && (IsStuck || _connections.Values.All(connection => connection.State == ConnectionState.Failed)))
                {
                    _isStuck = true;
                    throw new GrpcException(StatusCode.Unavailable, _failure);
                }

                change = _change.Task;
            }

            await change.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Gets what the last attempt to reach a server ended with; null when none has failed.</summary>
    public string? Failure
    {
        get
        {
            lock (_gate)
            {
                return _failure;
            }
        }
    }

    /// <summary>Closes all connections; calls that run fail.</summary>
    public void Dispose()
    {
        List<ServerConnection> connections;
        lock (_gate)
        {
            if (_end.IsCancellationRequested)
            {
                return;
            }

            _end.Cancel();
            connections = [.. _connections.Values];
            _connections.Clear();
        }

        connections.ForEach(connection => connection.Dispose());
        _end.Dispose();
    }

    private void Begin()
    {
        if (!_begun)
        {
            _begun = true;
            _turn = (int)_jitter.Between(TimeSpan.Zero, TimeSpan.FromTicks(1 << 16)).Ticks;
            _ = Task.Run(() => ResolveAsync(_end.Token));
        }
    }

    private async Task ResolveAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_server.IsLiteral(out var literal))
            {
                Use([literal!]);
                return;
            }

            for (var failures = 0; ;)
            {
                var pause = LeastBetweenLookUps;
                if (await TryLookUpAsync(cancellationToken))
                {
                    failures = 0;
                }
                else
                {
                    pause = ServerConnection.PauseAfter(++failures, _jitter);
                }

                await Task.Delay(pause, _time, cancellationToken);
                await (failures > 0 ? Task.CompletedTask : TroubleAsync(cancellationToken));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The channel is closed.
        }
    }

    private async Task<bool> TryLookUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await _lookUp(_server.Host, cancellationToken);
            if (addresses.Count > 0)
            {
                Use(addresses);
                return true;
            }

            Fail("name resolver error: produced zero addresses");
        }
        catch (SocketException failure)
        {
            Fail($"dns: A record lookup error: lookup {_server.Host}: {failure.Message}");
        }

        return false;
    }

    /// <summary>Waits until a connection has failed or was lost since the last look-up.</summary>
    private async Task TroubleAsync(CancellationToken cancellationToken)
    {
        Task trouble;
        lock (_gate)
        {
            trouble = _trouble.Task;
        }

        await trouble.WaitAsync(cancellationToken);
        lock (_gate)
        {
            _trouble = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private void Use(IReadOnlyList<IPAddress> addresses)
    {
        var wanted = addresses.Distinct().Select(address => new IPEndPoint(address, _server.Port)).ToDictionary(endPoint => endPoint.ToString());
        List<ServerConnection> gone = [];
        lock (_gate)
        {
            if (_end.IsCancellationRequested)
            {
                return;
            }

            foreach (var name in _connections.Keys.Except(wanted.Keys).ToList())
            {
                gone.Add(_connections[name]);
                _connections.Remove(name);
            }

            foreach (var (name, endPoint) in wanted.Where(pair => !_connections.ContainsKey(pair.Key)))
            {
                _connections.Add(name, new ServerConnection(endPoint, _connector, _jitter, _time, OnChange));
            }

            Signal();
        }

        gone.ForEach(connection => connection.Dispose());
    }

    private void OnChange(ServerConnection connection)
    {
        lock (_gate)
        {
            if (connection.State != ConnectionState.Ready)
            {
                _failure = connection.Failure?.Message ?? _failure;
                _trouble.TrySetResult();
            }

            Signal();
        }
    }

    private void Fail(string failure)
    {
        lock (_gate)
        {
            _failure = failure;
            Signal();
        }
    }

    private void Signal()
    {
        _change.TrySetResult();
        _change = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

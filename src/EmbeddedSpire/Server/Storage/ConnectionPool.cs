using Npgsql;

namespace EmbeddedSpire.Server.Storage;

/// <summary>
/// Connections that are lent out one caller at a time. Behaves like the pool of Go's <c>database/sql</c>, because waiting for
/// connections is where a SPIRE server under load spends its time: a caller waits as long as it wants to, in order of arrival;
/// the connection used last is lent first; what exceeds the idle limit is closed on return.
/// </summary>
internal sealed class ConnectionPool : IAsyncDisposable
{
    private static readonly TimeSpan CleaningInterval = TimeSpan.FromSeconds(10);

    private readonly Func<CancellationToken, Task<NpgsqlConnection>> _open;
    private readonly PoolLimits _limits;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim? _free;
    private readonly LinkedList<PooledConnection> _idle = [];
    private readonly Lock _gate = new();
    private readonly ITimer _cleaner;
    private bool _isDisposed;

    /// <summary>Creates an empty pool.</summary>
    /// <param name="open">Opens a connection.</param>
    /// <param name="limits">How many there may be.</param>
    /// <param name="time">The clock of ages.</param>
    public ConnectionPool(Func<CancellationToken, Task<NpgsqlConnection>> open, PoolLimits limits, TimeProvider time)
    {
        _open = open;
        _limits = limits;
        _time = time;
        _free = limits.MaxOpen > 0 ? new SemaphoreSlim(limits.MaxOpen) : null;
        _cleaner = time.CreateTimer(_ => Clean(), null, CleaningInterval, CleaningInterval);
    }

    /// <summary>Gets how many connections nobody uses.</summary>
    public int IdleCount
    {
        get
        {
            lock (_gate)
            {
                return _idle.Count;
            }
        }
    }

    /// <summary>Waits for a connection.</summary>
    /// <param name="mustBeNew">Whether one that was used before will not do.</param>
    /// <param name="cancellationToken">Ends the waiting, whose only limit it is.</param>
    public async ValueTask<PooledConnection> TakeAsync(bool mustBeNew, CancellationToken cancellationToken)
    {
        if (_free is not null)
        {
            await _free.WaitAsync(cancellationToken);
        }

        if (!mustBeNew && TakeIdle() is { } idle)
        {
            return idle;
        }

        if (mustBeNew && _free is not null)
        {
            // With the new one there would be more than there may be.
            TakeIdle()?.Connection.Dispose();
        }

        try
        {
            var now = _time.GetUtcNow();
            return new PooledConnection(await _open(cancellationToken), now) { IdleSince = now };
        }
        catch
        {
            GivePlaceBack(isBroken: true);
            throw;
        }
    }

    /// <summary>Gives a connection back.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="isBroken">Whether it cannot be used any more.</param>
    public void Return(PooledConnection connection, bool isBroken)
    {
        var now = _time.GetUtcNow();
        connection.WasUsed = true;
        connection.IdleSince = now;
        lock (_gate)
        {
            if (!isBroken && !_isDisposed && !IsTooOld(connection, now) && _idle.Count < MaxIdle)
            {
                _idle.AddLast(connection);
                connection = null!;
            }
        }

        GivePlaceBack(isBroken);
        connection?.Connection.Dispose();
    }

    private void GivePlaceBack(bool isBroken)
    {
        if (!(isBroken && _limits.LosesPlaces))
        {
            _free?.Release();
        }
    }

    /// <summary>Closes all connections that nobody uses, and the others when they come back.</summary>
    public async ValueTask DisposeAsync()
    {
        List<PooledConnection> idle;
        lock (_gate)
        {
            _isDisposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }

        await _cleaner.DisposeAsync();
        foreach (var connection in idle)
        {
            await connection.Connection.DisposeAsync();
        }
    }

    private int MaxIdle => _limits.MaxOpen > 0 ? Math.Min(_limits.MaxIdle, _limits.MaxOpen) : _limits.MaxIdle;

    private PooledConnection? TakeIdle()
    {
        while (true)
        {
            PooledConnection connection;
            lock (_gate)
            {
                if (_idle.Last is not { } last)
                {
                    return null;
                }

                connection = last.Value;
                _idle.RemoveLast();
            }

            if (!IsTooOld(connection, _time.GetUtcNow()) && connection.Connection.FullState == System.Data.ConnectionState.Open)
            {
                return connection;
            }

            connection.Connection.Dispose();
        }
    }

    private bool IsTooOld(PooledConnection connection, DateTimeOffset now) =>
        _limits.MaxLifetime is { } lifetime && lifetime > TimeSpan.Zero && now - connection.OpenedAt >= lifetime;

    private void Clean()
    {
        var now = _time.GetUtcNow();
        List<PooledConnection> old = [];
        lock (_gate)
        {
            for (var node = _idle.First; node is not null;)
            {
                var next = node.Next;
                if (now - node.Value.IdleSince >= _limits.MaxIdleTime || IsTooOld(node.Value, now))
                {
                    old.Add(node.Value);
                    _idle.Remove(node);
                }

                node = next;
            }
        }

        foreach (var connection in old)
        {
            connection.Connection.Dispose();
        }
    }
}

/// <summary>A connection with what its pool has to know of it.</summary>
internal sealed class PooledConnection(NpgsqlConnection connection, DateTimeOffset openedAt)
{
    public NpgsqlConnection Connection { get; } = connection;

    public DateTimeOffset OpenedAt { get; } = openedAt;

    public DateTimeOffset IdleSince { get; set; }

    /// <summary>Gets or sets whether somebody had it before: then it may have died since without anybody noticing.</summary>
    public bool WasUsed { get; set; }
}

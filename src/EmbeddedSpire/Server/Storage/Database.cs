using Npgsql;

namespace EmbeddedSpire.Server.Storage;

/// <summary>A PostgreSQL database: its pool, its transactions, and the rule for trying again.</summary>
/// <remarks>
/// The rule is that of Go's <c>database/sql</c>: when a connection of the pool turns out to be dead before anything of ours
/// began on it, another one is tried, up to two times, and at last a new one. What has begun is never repeated.
/// </remarks>
internal sealed class Database : IAsyncDisposable
{
    private const int TriesWithUsedConnections = 2;

    private readonly DatabaseAddress _address;
    private readonly List<NpgsqlDataSource> _servers;
    private readonly ConnectionPool _pool;
    private readonly TimeProvider _time;
    private NpgsqlDataSource? _firstPrimary;

    /// <summary>Creates a database without connections.</summary>
    public Database(DatabaseAddress address, PoolLimits limits, TimeProvider time)
    {
        _address = address;
        _time = time;
        _servers = [.. address.Servers.Select(BuildSource)];
        _pool = new ConnectionPool(OpenAsync, limits, time);
    }

    /// <summary>Gets whether commits do not wait for the synchronous standby: <see cref="Defect.CommitsLocally"/>.</summary>
    public bool CommitsLocally { get; init; }

    /// <summary>Gets whether no other node is looked for once one took writes: <see cref="Defect.StaysWithFirstPrimary"/>.</summary>
    public bool StaysWithFirstPrimary { get; init; }

    /// <summary>Reads in a transaction, which is rolled back.</summary>
    /// <exception cref="DatastoreException">The database refused, or it is not there.</exception>
    public Task<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken) =>
        RunAsync(read, "ROLLBACK", cancellationToken);

    /// <summary>Writes in a transaction, which is committed.</summary>
    /// <exception cref="DatastoreException">The database refused, or it is not there; then nothing has changed.</exception>
    public Task<T> WriteAsync<T>(Func<Session, Task<T>> write, CancellationToken cancellationToken) =>
        RunAsync(write, "COMMIT", cancellationToken);

    /// <summary>Reads without a transaction: one statement.</summary>
    /// <exception cref="DatastoreException">The database refused, or it is not there.</exception>
    public Task<T> QueryAsync<T>(Func<Session, Task<T>> query, CancellationToken cancellationToken) =>
        RunAsync(query, null, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private static NpgsqlDataSource BuildSource(NpgsqlConnectionStringBuilder server)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(server.ConnectionString);
        builder.EnableArrays();
        // All our types are built in: nothing has to be asked before the first statement.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        builder.EnableTransportSecurity();
        return builder.Build();
    }

    private async Task<T> RunAsync<T>(Func<Session, Task<T>> work, string? end, CancellationToken cancellationToken)
    {
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var connection = await _pool.TakeAsync(mustBeNew: attempt >= TriesWithUsedConnections, cancellationToken);
                var (isDone, result) = await TryRunAsync(connection, work, end, attempt < TriesWithUsedConnections, cancellationToken);
                if (isDone)
                {
                    return result!;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && error is not DatastoreException && DatastoreException.From(error) is { } translated)
        {
            throw translated;
        }
        catch (Exception error) when (cancellationToken.IsCancellationRequested && error is NpgsqlException or IOException)
        {
            throw new OperationCanceledException(error.Message, error, cancellationToken);
        }
    }

    /// <summary>Runs the work on one connection and gives the connection back.</summary>
    /// <returns>Whether it is done; if not, the connection was dead before the work began.</returns>
    private async Task<(bool IsDone, T? Result)> TryRunAsync<T>(
        PooledConnection connection, Func<Session, Task<T>> work, string? end, bool mayTryAgain, CancellationToken cancellationToken)
    {
        var session = new Session(connection.Connection, _time.GetUtcNow(), cancellationToken);
        var hasBegun = false;
        var isBroken = true;
        try
        {
            if (end is not null)
            {
                // SPIRE's driver says that it may write even where it only reads; on a standby server that is refused.
                await session.ExecuteAsync("BEGIN READ WRITE");
                hasBegun = true;
            }

            var result = await work(session);
            if (end is not null)
            {
                await session.ExecuteAsync(end);
            }

            isBroken = false;
            return (true, result);
        }
        catch (Exception error) when (!hasBegun && mayTryAgain && connection.WasUsed && IsDead(error) && !cancellationToken.IsCancellationRequested)
        {
            return (false, default);
        }
        catch (Exception) when (connection.Connection.FullState == System.Data.ConnectionState.Open)
        {
            isBroken = hasBegun && !await TryRollBackAsync(connection.Connection);
            throw;
        }
        finally
        {
            _pool.Return(connection, isBroken);
        }
    }

    private static async Task<bool> TryRollBackAsync(NpgsqlConnection connection)
    {
        try
        {
            // Not the caller's token: it may be the very reason for rolling back. The limit is that of the connection.
            await using var command = new NpgsqlCommand("ROLLBACK", connection) { CommandTimeout = 5 };
            await command.ExecuteNonQueryAsync(CancellationToken.None);
            return true;
        }
        catch (Exception error) when (error is NpgsqlException or InvalidOperationException or IOException)
        {
            return false;
        }
    }

    /// <summary>Tells whether an error is that of a connection which nobody listens to any more.</summary>
    private static bool IsDead(Exception error) =>
        error is PostgresException { Severity: "FATAL" or "PANIC" } or NpgsqlException { InnerException: IOException or System.Net.Sockets.SocketException } or IOException;

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        Exception? last = null;
        foreach (var server in _firstPrimary is { } only ? [only] : _servers)
        {
            try
            {
                var connection = await OpenAsync(server, cancellationToken);
                _firstPrimary = StaysWithFirstPrimary ? server : null;
                return connection;
            }
            catch (Exception error) when (error is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException && !cancellationToken.IsCancellationRequested)
            {
                last = error;
            }
        }

        throw last!;
    }

    private async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource server, CancellationToken cancellationToken)
    {
        var connection = server.CreateConnection();
        try
        {
            await connection.OpenAsync(cancellationToken);
            if (_address.MustBeWritable && _firstPrimary is null)
            {
                await using var command = new NpgsqlCommand("SHOW transaction_read_only", connection);
                if (await command.ExecuteScalarAsync(cancellationToken) is "on")
                {
                    throw new NpgsqlException("session is read-only");
                }
            }

            if (CommitsLocally)
            {
                await using var command = new NpgsqlCommand("SET synchronous_commit = local", connection);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}

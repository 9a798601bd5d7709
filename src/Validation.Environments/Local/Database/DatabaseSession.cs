using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Database;

/// <summary>A session of the harness at one database node.</summary>
internal sealed class DatabaseSession : IDatabaseSession
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    private readonly string _node;
    private readonly NpgsqlConnection _connection;
    private readonly SemaphoreSlim _oneAtATime = new(1);

    private DatabaseSession(string node, NpgsqlConnection connection) => (_node, _connection) = (node, connection);

    /// <summary>Opens a session.</summary>
    /// <param name="access">How to log in.</param>
    /// <param name="node">The node's name.</param>
    /// <param name="server">Where it is.</param>
    /// <param name="lease">After which time the server ends it when it is idle.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">The node refused or did not answer.</exception>
    public static async Task<DatabaseSession> OpenAsync(
        DatabaseAccess access, string node, IPEndPoint server, TimeSpan lease, CancellationToken cancellationToken)
    {
        try
        {
            return new DatabaseSession(node, await access.OpenLeasedAsync(server, lease, cancellationToken));
        }
        catch (Exception error) when (IsTrouble(error))
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"{node} let the harness not into its database: {error.Message}", innerException: error);
        }
    }

    /// <summary>Logs in as SPIRE and out again.</summary>
    /// <param name="access">How to log in.</param>
    /// <param name="server">Where the node is.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Null when it was accepted, else PostgreSQL's error code.</returns>
    public static async Task<string?> TryLoginAsync(DatabaseAccess access, IPEndPoint server, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await access.OpenAsSpireAsync(server, ProbeLimit, cancellationToken);
            return null;
        }
        catch (Exception error) when (IsTrouble(error))
        {
            return CodeOf(error);
        }
    }

    /// <inheritdoc/>
    public async Task<string?> RunAsync(string statement, CancellationToken cancellationToken)
    {
        try
        {
            return await ExecuteAsync(statement, cancellationToken);
        }
        catch (Exception error) when (IsTrouble(error))
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"The database on {_node} refused the harness: {error.Message}", innerException: error);
        }
    }

    /// <inheritdoc/>
    public Task<string?> TryAsync(string statement, CancellationToken cancellationToken) => CodeOfAsync(() => ExecuteAsync(statement, cancellationToken));

    /// <inheritdoc/>
    public Task<string?> TryAllAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken) => CodeOfAsync(() => AloneAsync(
        async () =>
        {
            // After a barrier the server begins a new transaction, also when the statement before it was refused.
            await using var batch = new NpgsqlBatch(_connection) { EnableErrorBarriers = true };
            foreach (var statement in statements)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
            }

            return await batch.ExecuteNonQueryAsync(cancellationToken);
        },
        cancellationToken));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _oneAtATime.Dispose();
    }

    private static async Task<string?> CodeOfAsync<T>(Func<Task<T>> work)
    {
        try
        {
            await work();
            return null;
        }
        catch (Exception error) when (IsTrouble(error))
        {
            return CodeOf(error);
        }
    }

    private Task<string?> ExecuteAsync(string statement, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            await using var command = new NpgsqlCommand(statement, _connection);
            return Convert.ToString(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;
        },
        cancellationToken);

    // A fault that goes on and its proofs share a session.
    private async Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    // A connection that has broken is closed, and says so by an InvalidOperationException.
    private static bool IsTrouble(Exception error) =>
        error is NpgsqlException or SocketException or IOException or TimeoutException or InvalidOperationException;

    private static string CodeOf(Exception error) => error is PostgresException refused ? refused.SqlState : DatabaseErrors.ConnectionFailure;
}

using System.Net;
using Npgsql;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Local.Database;

/// <summary>Opens connections to PostgreSQL as the one or the other user.</summary>
internal sealed class DatabaseAccess
{
    private readonly StackSecrets _secrets;

    /// <summary>Creates the access.</summary>
    /// <param name="secrets">The stack's passwords.</param>
    public DatabaseAccess(StackSecrets secrets) => _secrets = secrets;

    /// <summary>Opens a connection as superuser to the <c>postgres</c> database.</summary>
    /// <param name="server">Where it is, or where the way to it begins.</param>
    /// <param name="limit">How long connecting, and each statement, may take.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<NpgsqlConnection> OpenAsSuperuserAsync(IPEndPoint server, TimeSpan limit, CancellationToken cancellationToken) =>
        OpenAsync(server, "postgres", DatabaseNames.Superuser, _secrets.Superuser, limit, cancellationToken);

    /// <summary>Opens a connection as the harness.</summary>
    /// <param name="server">Where it is, or where the way to it begins.</param>
    /// <param name="database">The database.</param>
    /// <param name="limit">How long connecting, and each statement, may take.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<NpgsqlConnection> OpenAsHarnessAsync(
        IPEndPoint server, string database, TimeSpan limit, CancellationToken cancellationToken) =>
        OpenAsync(server, database, DatabaseNames.Harness, _secrets.Harness, limit, cancellationToken);

    private static async Task<NpgsqlConnection> OpenAsync(
        IPEndPoint server, string database, string user, string password, TimeSpan limit, CancellationToken cancellationToken)
    {
        var seconds = Math.Max(1, (int)limit.TotalSeconds);
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = server.Address.ToString(),
            Port = server.Port,
            Database = database,
            Username = user,
            Password = password,
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
            // A pool would hand out connections that a failover has left behind.
            Pooling = false,
            Timeout = seconds,
            CommandTimeout = seconds,
            // A statement that runs out of time is given up together with its connection: whoever hangs will not
            // answer a cancellation either.
            CancellationTimeout = -1,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}

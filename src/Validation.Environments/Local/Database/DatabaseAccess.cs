using System.Globalization;
using System.Net;
using Npgsql;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Local.Database;

/// <summary>Opens connections to PostgreSQL as the one or the other user.</summary>
internal sealed class DatabaseAccess
{
    private static readonly TimeSpan LoginLimit = TimeSpan.FromSeconds(5);

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

    /// <summary>Opens a connection as the SPIRE servers do.</summary>
    /// <param name="server">Where it is, or where the way to it begins.</param>
    /// <param name="limit">How long connecting, and each statement, may take.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<NpgsqlConnection> OpenAsSpireAsync(IPEndPoint server, TimeSpan limit, CancellationToken cancellationToken) =>
        OpenAsync(server, DatabaseNames.Spire, DatabaseNames.Spire, _secrets.Spire, limit, cancellationToken);

    /// <summary>Opens a connection as superuser to SPIRE's database, with a lease that the server holds.</summary>
    /// <param name="server">Where it is.</param>
    /// <param name="lease">After which time the server ends it when it is idle; also the limit of a statement.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<NpgsqlConnection> OpenLeasedAsync(IPEndPoint server, TimeSpan lease, CancellationToken cancellationToken)
    {
        var login = Login(server, DatabaseNames.Spire, DatabaseNames.Superuser, _secrets.Superuser, LoginLimit);
        login.CommandTimeout = (int)Math.Ceiling(lease.TotalSeconds);
        var milliseconds = ((long)lease.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        // Statements that are refused would be logged, and with them what is stored of passwords.
        login.Options = $"-c idle_session_timeout={milliseconds} -c idle_in_transaction_session_timeout={milliseconds}"
            + " -c lock_timeout=5s -c synchronous_commit=local -c log_min_error_statement=panic";
        return OpenAsync(login, cancellationToken);
    }

    private static Task<NpgsqlConnection> OpenAsync(
        IPEndPoint server, string database, string user, string password, TimeSpan limit, CancellationToken cancellationToken) =>
        OpenAsync(Login(server, database, user, password, limit), cancellationToken);

    private static NpgsqlConnectionStringBuilder Login(IPEndPoint server, string database, string user, string password, TimeSpan limit)
    {
        var seconds = Math.Max(1, (int)limit.TotalSeconds);
        return new NpgsqlConnectionStringBuilder
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
        };
    }

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder login, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(login.ConnectionString);
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

namespace Validation.Core.Stacks;

/// <summary>A stack in whose database the harness may do what the database's superuser may.</summary>
public interface IDatabaseControl
{
    /// <summary>Gets the role as which the application logs in, and to which its tables belong.</summary>
    string ApplicationRole { get; }

    /// <summary>Opens a session as superuser in the application's database at one node, past pooler and load balancer.</summary>
    /// <remarks>
    /// The server holds the lease: it ends a session of which nothing was asked for that long, with all that the session
    /// holds, whatever became of the harness. Locks are waited for 5 s at most, and commits wait for no standby.
    /// </remarks>
    /// <param name="node">The database node.</param>
    /// <param name="lease">After which time the server ends a session that is idle; a statement may take that long.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">The node refused, or does not answer within 5 s.</exception>
    Task<IDatabaseSession> OpenAsync(INode node, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Logs in at one node as the application would, with the password that it knows, and out again.</summary>
    /// <param name="node">The database node.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Null when the login was accepted, else PostgreSQL's error code, such as <c>28P01</c>.</returns>
    Task<string?> TryLoginAsync(INode node, CancellationToken cancellationToken);
}

/// <summary>A session at a database node. Disposing ends it, with all that it holds.</summary>
/// <remarks>Statements that are given at the same time run one after the other.</remarks>
public interface IDatabaseSession : IAsyncDisposable
{
    /// <summary>Runs a statement.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="cancellationToken">Ends the waiting, and the session with it.</param>
    /// <returns>The first column of the first row as text; null when there is none.</returns>
    /// <exception cref="HarnessException">The server refused, or the session has ended.</exception>
    Task<string?> RunAsync(string statement, CancellationToken cancellationToken);

    /// <summary>Tries a statement that may be refused.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="cancellationToken">Ends the waiting, and the session with it.</param>
    /// <returns>Null when it was done, else PostgreSQL's error code.</returns>
    Task<string?> TryAsync(string statement, CancellationToken cancellationToken);

    /// <summary>Hands statements over, all at once. The server works them off in order, whatever becomes of the harness meanwhile.</summary>
    /// <param name="statements">The statements, each a transaction of its own; those after one that is refused are still done.</param>
    /// <param name="cancellationToken">Ends the waiting, and the session with it.</param>
    /// <returns>Null when all were done, else PostgreSQL's error code of the first that was refused.</returns>
    Task<string?> TryAllAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken);
}

/// <summary>PostgreSQL's error codes that faults look for.</summary>
public static class DatabaseErrors
{
    /// <summary>The connection is gone, and nobody said why.</summary>
    public const string ConnectionFailure = "08006";

    /// <summary>The password is wrong.</summary>
    public const string InvalidPassword = "28P01";

    /// <summary>The transaction may only read.</summary>
    public const string ReadOnlyTransaction = "25006";

    /// <summary>There is no connection left.</summary>
    public const string TooManyConnections = "53300";

    /// <summary>A lock could not be had at once, or in time.</summary>
    public const string LockNotAvailable = "55P03";
}

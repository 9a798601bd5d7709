using System.Net;
using Npgsql;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Local.Database;

/// <summary>Makes the users and databases in a new cluster.</summary>
internal static class DatabaseSetup
{
    private static readonly TimeSpan StatementLimit = TimeSpan.FromSeconds(10);

    /// <summary>Makes them.</summary>
    /// <param name="primary">The primary.</param>
    /// <param name="secrets">The stack's passwords.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task RunAsync(IPEndPoint primary, StackSecrets secrets, CancellationToken cancellationToken)
    {
        var access = new DatabaseAccess(secrets);
        await using (var superuser = await access.OpenAsSuperuserAsync(primary, StatementLimit, cancellationToken))
        {
            await MakeUserAsync(superuser, DatabaseNames.Spire, secrets.Spire, cancellationToken);
            await MakeUserAsync(superuser, DatabaseNames.Harness, secrets.Harness, cancellationToken);
            // For looking at SPIRE's entries past SPIRE.
            await RunAsync(superuser, $"GRANT pg_read_all_data TO {DatabaseNames.Harness}", cancellationToken);
        }

        await MakeWriteTableAsync(access, primary, cancellationToken);
    }

    /// <summary>Makes the table in which the harness tries whether writes are taken.</summary>
    /// <param name="access">How to log in.</param>
    /// <param name="primary">The primary, or where the way to it begins.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task MakeWriteTableAsync(DatabaseAccess access, IPEndPoint primary, CancellationToken cancellationToken)
    {
        await using var harness = await access.OpenAsHarnessAsync(primary, DatabaseNames.Harness, StatementLimit, cancellationToken);
        await RunAsync(harness, WriteProbe.MakeTable, cancellationToken);
    }

    private static async Task MakeUserAsync(
        NpgsqlConnection superuser, string name, string password, CancellationToken cancellationToken)
    {
        await RunAsync(superuser, $"CREATE ROLE {name} LOGIN PASSWORD '{ScramVerifier.For(password)}'", cancellationToken);
        await RunAsync(superuser, $"CREATE DATABASE {name} OWNER {name}", cancellationToken);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

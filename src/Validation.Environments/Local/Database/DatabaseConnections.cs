using System.Globalization;
using System.Net;
using Npgsql;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Local.Database;

/// <summary>Counts what the database does for SPIRE right now.</summary>
internal static class DatabaseConnections
{
    // Those that wait in a server's own pool for work do not count.
    private const string CountBusy = $"SELECT count(*) FROM pg_stat_activity WHERE usename = '{DatabaseNames.Spire}' AND state <> 'idle'";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Counts SPIRE's connections that are in the middle of something.</summary>
    /// <param name="access">How to log in.</param>
    /// <param name="server">The primary, or where the way to it begins.</param>
    /// <param name="cancellationToken">Ends the counting.</param>
    /// <returns>Null when the database did not answer in a second.</returns>
    public static async Task<int?> CountBusyAsync(DatabaseAccess access, IPEndPoint server, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await access.OpenAsSuperuserAsync(server, Limit, cancellationToken);
            await using var command = new NpgsqlCommand(CountBusy, connection);
            return Convert.ToInt32(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
        }
        catch (NpgsqlException)
        {
            // A database that is too busy to be asked is no reason to end the watching.
            return null;
        }
    }
}

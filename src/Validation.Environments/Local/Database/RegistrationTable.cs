using System.Net;
using Npgsql;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Local.Database;

/// <summary>Reads SPIRE's registration entries from its database, past SPIRE.</summary>
internal static class RegistrationTable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Reads the ids of all entries.</summary>
    /// <param name="access">How to log in.</param>
    /// <param name="server">The primary, or where the way to it begins.</param>
    /// <param name="node">The primary's name.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HarnessException">The database did not answer.</exception>
    public static async Task<IReadOnlyList<string>> ReadIdsAsync(
        DatabaseAccess access, IPEndPoint server, string node, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await access.OpenAsHarnessAsync(server, DatabaseNames.Spire, Limit, cancellationToken);
            await using var command = new NpgsqlCommand("SELECT entry_id FROM registered_entries ORDER BY entry_id", connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var entries = new List<string>();
            while (await reader.ReadAsync(cancellationToken))
            {
                entries.Add(reader.GetString(0));
            }

            return entries;
        }
        catch (NpgsqlException error)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"The registration entries could not be read on {node}: {error.Message}", innerException: error);
        }
    }
}

using System.Net;
using Npgsql;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Local.Database;

/// <summary>Brings replication in a new cluster about seconds earlier than it comes by itself.</summary>
/// <remarks>
/// Patroni makes a replica's slot, and names the replica that is synchronous, once in a round of its loop. A replica that finds no
/// slot looks again after <c>wal_retrieve_retry_interval</c>, five seconds, or when it is told to read its configuration. The
/// settings themselves stay what they are: they decide how the database behaves in faults.
/// </remarks>
internal sealed class ReplicationStart(PatroniClient patroni, DatabaseAccess access, IReadOnlyList<IPAddress> nodes)
{
    private static readonly TimeSpan StatementLimit = TimeSpan.FromSeconds(1);

    /// <summary>Hastens it by one step, for every node.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task HastenAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(nodes.Select(node => patroni.WakeAsync(node, cancellationToken)));
        await Task.WhenAll(nodes.Select(node => LookAgainAsync(node, cancellationToken)));
    }

    private async Task LookAgainAsync(IPAddress node, CancellationToken cancellationToken)
    {
        try
        {
            await using var superuser = await access.OpenAsSuperuserAsync(new IPEndPoint(node, Ports.Postgres), StatementLimit, cancellationToken);
            await using var command = new NpgsqlCommand("SELECT pg_reload_conf() WHERE pg_is_in_recovery()", superuser);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (NpgsqlException)
        {
            // It is not up yet; whoever waits for it finds out.
        }
    }
}

using System.Globalization;
using Validation.Environments.Local.Nodes;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Database;

/// <summary>Counts the clients that wait for PgBouncer, from the sockets of its network namespace.</summary>
/// <remarks>
/// Its own console would need a login and a program that speaks to it. Sessions are pooled, so when all connections to the
/// database are open, each client beyond their number waits.
/// </remarks>
internal static class PoolSockets
{
    private const string Established = "01";

    /// <summary>Counts the clients that wait.</summary>
    /// <param name="networkNamespace">The pooler's namespace, as the kernel names it.</param>
    /// <param name="poolSize">How many connections to the database it may open.</param>
    /// <returns>Null when the pooler is not there.</returns>
    public static int? CountWaiting(string networkNamespace, int poolSize)
    {
        if (ProcessTable.InNetworkNamespace(networkNamespace) is not [var pid, ..])
        {
            return null;
        }

        try
        {
            return CountWaiting(File.ReadLines($"/proc/{pid}/net/tcp"), poolSize);
        }
        catch (IOException)
        {
            // It ended while we were looking.
            return null;
        }
    }

    /// <summary>Counts the clients that wait.</summary>
    /// <param name="lines">The lines of <c>/proc/PID/net/tcp</c>: number, local address, remote address, state, and more.</param>
    /// <param name="poolSize">How many connections to the database the pooler may open.</param>
    internal static int CountWaiting(IEnumerable<string> lines, int poolSize)
    {
        var (clients, servers) = (0, 0);
        foreach (var fields in lines.Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(fields => fields[3] == Established))
        {
            clients += PortOf(fields[1]) == Ports.Pooler ? 1 : 0;
            servers += PortOf(fields[2]) == Ports.Postgres ? 1 : 0;
        }

        return servers < poolSize ? 0 : Math.Max(0, clients - servers);
    }

    private static int PortOf(string address) => int.Parse(address.AsSpan(address.IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

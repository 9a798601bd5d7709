using System.Net;

namespace Validation.Environments.Local.Nodes;

/// <summary>To which SPIRE servers the load balancer has sent an agent.</summary>
internal sealed class AgentConnections(BalancerSocket balancer, TimeProvider time)
{
    /// <summary>How long an agent may be without a connection, as after a fault just before, and how long it may have two.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns the names of the servers: one, unless the agent has none or several for all of ten seconds.</summary>
    /// <param name="readClients">Reads the agent's ends of its connections.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<IReadOnlyList<string>> FindServersAsync(Func<IReadOnlyCollection<IPEndPoint>> readClients, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            var found = await balancer.FindBackEndsAsync(readClients(), cancellationToken);
            string[] servers = [.. found.Distinct().Order(StringComparer.Ordinal)];
            if (servers.Length == 1 || time.GetElapsedTime(since) > Patience)
            {
                return servers;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Validation.Environments.Local.Nodes;

/// <summary>Where the load balancer sends connections that are opened at the same time.</summary>
internal static class BalancedConnections
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2), Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Opens connections, asks where they were sent, and closes them.</summary>
    /// <param name="count">How many.</param>
    /// <param name="dial">Opens one.</param>
    /// <param name="balancer">The load balancer.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The back end of each, of those that were sent to one within two seconds.</returns>
    public static async Task<IReadOnlyList<string>> TryAsync(
        int count, Func<CancellationToken, ValueTask<Stream>> dial, BalancerSocket balancer, TimeProvider time, CancellationToken cancellationToken)
    {
        var streams = new List<NetworkStream>();
        try
        {
            while (streams.Count < count)
            {
                streams.Add((NetworkStream)await dial(cancellationToken));
            }

            IPEndPoint[] clients = [.. streams.Select(stream => (IPEndPoint)stream.Socket.LocalEndPoint!)];
            var since = time.GetTimestamp();
            while (true)
            {
                var found = await balancer.FindBackEndsAsync(clients, cancellationToken);
                if (found.Count == count || time.GetElapsedTime(since) > Patience)
                {
                    return found;
                }

                await Task.Delay(Pause, time, cancellationToken);
            }
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"The load balancer takes no connections: {error.Message}", innerException: error);
        }
        finally
        {
            foreach (var stream in streams)
            {
                await stream.DisposeAsync();
            }
        }
    }
}

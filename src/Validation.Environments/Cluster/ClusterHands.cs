using Validation.Environments.Cluster.Helper.Session;
using Validation.Environments.Cluster.Relay;

namespace Validation.Environments.Cluster;

/// <summary>What runs inside a cluster on the harness' behalf.</summary>
public static class ClusterHands
{
    /// <summary>The port on which relays listen, on their pod's loopback.</summary>
    public const int RelayPort = RelayProtocol.Port;

    /// <summary>Opens connections for the harness from here, until it is cancelled.</summary>
    /// <param name="port">The port on the loopback.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HarnessException">The port is taken.</exception>
    public static async Task RelayAsync(int port, TimeProvider time, CancellationToken cancellationToken)
    {
        using var relay = new RelayServer(port, time);
        await relay.RunAsync(cancellationToken);
    }

    /// <summary>
    /// Carries out the harness' orders on this Kubernetes node, until it ends the session or is silent for 10 s, and then
    /// undoes all that is not undone.
    /// </summary>
    /// <param name="input">Where the orders come from.</param>
    /// <param name="output">Where the reports go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the session early.</param>
    public static async Task ServeNodeAsync(Stream input, Stream output, TimeProvider time, CancellationToken cancellationToken)
    {
        using var session = new HelperSession(input, output, new PodFinder(), time);
        await session.RunAsync(cancellationToken);
    }
}

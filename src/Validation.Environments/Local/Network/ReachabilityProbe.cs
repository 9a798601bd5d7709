using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Validation.Environments.Network;

namespace Validation.Environments.Local.Network;

/// <summary>Tells whether packets get from one node to another, in that direction.</summary>
internal static class ReachabilityProbe
{
    /// <summary>Sends three datagrams, 50 ms apart, and tells whether one arrived within 50 ms after the last.</summary>
    /// <param name="from">The node that sends.</param>
    /// <param name="to">The node that should receive.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    public static Task<bool> TryAsync(NodeNamespace from, NodeNamespace to, TimeProvider time, CancellationToken cancellationToken) =>
        TryAsync(from, to, to.Address, time, cancellationToken);

    /// <summary>Does the same to each IPv6 address of the node, which the star gives to none.</summary>
    /// <param name="from">The node that sends.</param>
    /// <param name="to">The node that should receive.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    public static async Task<bool> TryAsideAsync(NodeNamespace from, NodeNamespace to, TimeProvider time, CancellationToken cancellationToken)
    {
        var arrivals = await Task.WhenAll(to.ReadV6Addresses().Select(async address =>
        {
            try
            {
                return await TryAsync(from, to, address, time, cancellationToken);
            }
            catch (SocketException error) when (ProbeDatagrams.MeansNoWay(error) || error.SocketErrorCode == SocketError.AddressNotAvailable)
            {
                // Nobody can use that address, or the sender has none that could reach it.
                return false;
            }
        }));
        return arrivals.Contains(true);
    }

    private static async Task<bool> TryAsync(NodeNamespace from, NodeNamespace to, IPAddress address, TimeProvider time, CancellationToken cancellationToken)
    {
        using var receiver = to.CreateSocket(SocketType.Dgram, ProtocolType.Udp, address.AddressFamily);
        using var sender = from.CreateSocket(SocketType.Dgram, ProtocolType.Udp, address.AddressFamily);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        receiver.Bind(new IPEndPoint(address, 0));
        var token = RandomNumberGenerator.GetBytes(16);
        var arrival = ProbeDatagrams.AwaitAsync(receiver, token, ended.Token);
        try
        {
            await ProbeDatagrams.SendAsync(sender, receiver.LocalEndPoint!, token, arrival, time, cancellationToken);
        }
        finally
        {
            await ended.CancelAsync();
        }

        return await arrival;
    }
}

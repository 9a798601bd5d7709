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
    public static async Task<bool> TryAsync(NodeNamespace from, NodeNamespace to, TimeProvider time, CancellationToken cancellationToken)
    {
        using var receiver = to.CreateSocket(SocketType.Dgram, ProtocolType.Udp);
        using var sender = from.CreateSocket(SocketType.Dgram, ProtocolType.Udp);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        receiver.Bind(new IPEndPoint(to.Address, 0));
        var token = RandomNumberGenerator.GetBytes(16);
        var arrival = ProbeDatagrams.AwaitAsync(receiver, token, ended.Token);
        await ProbeDatagrams.SendAsync(sender, receiver.LocalEndPoint!, token, arrival, time, cancellationToken);
        await ended.CancelAsync();
        return await arrival;
    }
}

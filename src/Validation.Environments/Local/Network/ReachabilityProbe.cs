using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Validation.Environments.Local.Network;

/// <summary>Tells whether packets get from one node to another, in that direction.</summary>
/// <remarks>
/// By datagrams, because one of them needs no answer: a TCP handshake fails alike whichever direction is cut.
/// </remarks>
internal static class ReachabilityProbe
{
    private const int Datagrams = 3;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Sends three datagrams, 50 ms apart, and tells whether one arrived within 50 ms after the last.</summary>
    /// <param name="from">The node that sends.</param>
    /// <param name="to">The node that should receive.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    public static async Task<bool> TryAsync(NodeNamespace from, NodeNamespace to, TimeProvider time, CancellationToken cancellationToken)
    {
        using var receiver = await to.CreateSocketAsync(SocketType.Dgram, ProtocolType.Udp);
        using var sender = await from.CreateSocketAsync(SocketType.Dgram, ProtocolType.Udp);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        receiver.Bind(new IPEndPoint(to.Address, 0));
        var token = RandomNumberGenerator.GetBytes(16);
        var arrival = AwaitAsync(receiver, token, ended.Token);
        for (var sent = 0; sent < Datagrams && !arrival.IsCompleted; sent++)
        {
            await sender.SendToAsync(token, receiver.LocalEndPoint!, cancellationToken);
            await Task.WhenAny(arrival, Task.Delay(Interval, time, cancellationToken));
        }

        cancellationToken.ThrowIfCancellationRequested();
        await ended.CancelAsync();
        return await arrival;
    }

    private static async Task<bool> AwaitAsync(Socket receiver, byte[] token, CancellationToken cancellationToken)
    {
        var buffer = new byte[token.Length];
        try
        {
            while (true)
            {
                var length = await receiver.ReceiveAsync(buffer, cancellationToken);
                if (buffer.AsSpan(0, length).SequenceEqual(token))
                {
                    return true;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}

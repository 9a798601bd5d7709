using System.Net;
using System.Net.Sockets;

namespace Validation.Environments.Network;

/// <summary>The datagrams that show whether packets get from one place to another, in that direction.</summary>
/// <remarks>One of them needs no answer: a TCP handshake fails alike whichever direction is cut.</remarks>
internal static class ProbeDatagrams
{
    private const int Count = 3;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly SocketError[] NoWay = [SocketError.NetworkUnreachable, SocketError.HostUnreachable];

    /// <summary>Returns whether an error says that there is no way to the receiver, which is an answer like any other.</summary>
    /// <param name="error">The error.</param>
    public static bool MeansNoWay(SocketException error) => NoWay.Contains(error.SocketErrorCode);

    /// <summary>Sends three datagrams, and waits 50 ms after each.</summary>
    /// <param name="sender">The socket.</param>
    /// <param name="target">Where to.</param>
    /// <param name="token">What they hold.</param>
    /// <param name="arrival">Ends the sending when it completes; a task that never does where the sender cannot know.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    public static async Task SendAsync(
        Socket sender, EndPoint target, byte[] token, Task arrival, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var sent = 0; sent < Count && !arrival.IsCompleted; sent++)
        {
            await sender.SendToAsync(token, target, cancellationToken);
            await Task.WhenAny(arrival, Task.Delay(Interval, time, cancellationToken));
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Waits until such a datagram arrives.</summary>
    /// <param name="receiver">The socket.</param>
    /// <param name="token">What it holds.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>False when the waiting was ended.</returns>
    public static async Task<bool> AwaitAsync(Socket receiver, byte[] token, CancellationToken cancellationToken)
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

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Validation.Environments.Local.Network;

/// <summary>Tells whether a name server answers a node.</summary>
/// <remarks>It asks by itself and not through the C library, whose sockets would begin in the harness' own network.</remarks>
internal static class LookUpProbe
{
    private const int Questions = 3;
    private const int HeaderLength = 12;
    private const int LongestMessage = 512;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks up to three times, and waits 200 ms each time.</summary>
    /// <param name="node">The node that asks.</param>
    /// <param name="server">The name server.</param>
    /// <param name="name">The name.</param>
    /// <param name="address">The address that it has.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    public static async Task<bool> TryAsync(
        NodeNamespace node, IPEndPoint server, string name, IPAddress address, TimeProvider time, CancellationToken cancellationToken)
    {
        using var socket = node.CreateSocket(SocketType.Dgram, ProtocolType.Udp);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        socket.Bind(new IPEndPoint(node.Address, 0));
        var question = Question((ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue), name);
        var answer = AwaitAsync(socket, question, address, ended.Token);
        for (var asked = 0; asked < Questions && !answer.IsCompleted; asked++)
        {
            await socket.SendToAsync(question, server, cancellationToken);
            await Task.WhenAny(answer, Task.Delay(Patience, time, cancellationToken));
        }

        await ended.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return await answer;
    }

    /// <summary>Returns the message that asks for the IPv4 address of a name (RFC 1035, 4.1).</summary>
    /// <param name="id">What an answer repeats.</param>
    /// <param name="name">The name.</param>
    internal static byte[] Question(ushort id, string name) =>
    [
        // Recursion is asked for, as by every resolver of a program; one question follows.
        (byte)(id >> 8), (byte)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
        .. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0,
        0, 1, 0, 1,
    ];

    /// <summary>Tells whether a message answers the question with one address and nothing else.</summary>
    /// <param name="message">The message.</param>
    /// <param name="question">The question.</param>
    /// <param name="address">The address.</param>
    internal static bool IsAnswer(ReadOnlySpan<byte> message, ReadOnlySpan<byte> question, IPAddress address) =>
        message.Length > question.Length
        && message[..2].SequenceEqual(question[..2])
        && (message[2] & 0x80) != 0
        && (message[3] & 0x0f) == 0
        && BinaryPrimitives.ReadUInt16BigEndian(message[6..]) == 1
        && message[HeaderLength..question.Length].SequenceEqual(question[HeaderLength..])
        && message.EndsWith(address.GetAddressBytes());

    private static async Task<bool> AwaitAsync(Socket socket, byte[] question, IPAddress address, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestMessage];
        try
        {
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, cancellationToken);
                if (IsAnswer(buffer.AsSpan(0, length), question, address))
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

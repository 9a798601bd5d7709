using System.Net;
using System.Net.Sockets;

namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>Gives every server of the tests an address of its own, so that all can listen on the usual ports and none meets another.</summary>
internal static class Loopback
{
    private const int PortOfClaim = 20_001;

    // Kept for as long as the process lives: the socket is the claim, against other runs of these tests at the same time.
    private static readonly (TcpListener Socket, byte Network) Claim = ClaimNetwork();
    private static int _last;

    /// <summary>Returns an address of 127.0.0.0/8 that nobody else uses.</summary>
    public static IPAddress Next()
    {
        var number = Interlocked.Increment(ref _last);
        return new IPAddress([127, Claim.Network, (byte)(number / 250), (byte)(1 + (number % 250))]);
    }

    private static (TcpListener Socket, byte Network) ClaimNetwork()
    {
        for (byte network = 1; network < byte.MaxValue; network++)
        {
            var listener = new TcpListener(new IPAddress([127, network, 255, 254]), PortOfClaim);
            try
            {
                listener.Start();
                return (listener, network);
            }
            catch (SocketException)
            {
                // Another run has it.
                listener.Dispose();
            }
        }

        throw new InvalidOperationException("All of 127.1.0.0/16 to 127.254.0.0/16 is in use by other runs of these tests.");
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Validation.Environments.Cluster.Relay;

/// <summary>
/// How a connection through a relay begins: one line that says where it leads (<c>tcp 10.0.0.7:8081</c> or
/// <c>unix /run/api.sock</c>), one line back (<c>ok</c> or <c>failed</c> and the reason), then the bytes of both sides.
/// What comes back, the line included, is in <see cref="Pieces"/>.
/// </summary>
internal static class RelayProtocol
{
    /// <summary>The port on which relays listen, on their pod's loopback.</summary>
    public const int Port = 7070;

    /// <summary>The answer of a relay that has got through.</summary>
    public const string Ok = "ok";

    /// <summary>How the answer begins of one that has not.</summary>
    public const string Failed = "failed ";

    private const string Tcp = "tcp ";
    private const string Unix = "unix ";
    private const int LongestLine = 512;

    /// <summary>Returns the line that asks for a connection.</summary>
    /// <param name="target">Where it leads: an address and port, or a Unix socket.</param>
    public static string Ask(EndPoint target) => target is UnixDomainSocketEndPoint ? Unix + target : Tcp + target;

    /// <summary>Reads the line that asks for a connection.</summary>
    /// <param name="line">The line.</param>
    /// <returns>Where it leads; null when the line is not of this form.</returns>
    public static EndPoint? Parse(string line)
    {
        if (line.StartsWith(Tcp, StringComparison.Ordinal) && IPEndPoint.TryParse(line[Tcp.Length..], out var address) && address.Port != 0)
        {
            return address;
        }

        return line.StartsWith(Unix + '/', StringComparison.Ordinal) ? new UnixDomainSocketEndPoint(line[Unix.Length..]) : null;
    }

    /// <summary>Returns the bytes of a line.</summary>
    /// <param name="text">What it says; line breaks in it become blanks.</param>
    public static byte[] Line(string text) => Encoding.UTF8.GetBytes(text.ReplaceLineEndings(" ") + '\n');

    /// <summary>Reads a line and not one byte more, because what follows is not ours.</summary>
    /// <param name="stream">Where from.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The line; null when the stream ends before it does, or it is longer than any of ours.</returns>
    public static async ValueTask<string?> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new byte[LongestLine];
        for (var length = 0; length < line.Length; length++)
        {
            if (await stream.ReadAsync(line.AsMemory(length, 1), cancellationToken) == 0)
            {
                return null;
            }

            if (line[length] == '\n')
            {
                return Encoding.UTF8.GetString(line, 0, length);
            }
        }

        return null;
    }
}

using System.Buffers.Binary;
using System.Net.Sockets;

namespace Validation.Environments.Cluster.Relay;

/// <summary>What a relay says to the harness: pieces with their length before them, and one of no bytes when nothing more will come.</summary>
/// <remarks>
/// So the harness learns of an end without the relay hanging up. A pod that hangs up first, while bytes are on their way to
/// it, leaves them unread in the container runtime, where they hold up every other connection of the port-forward.
/// </remarks>
internal static class Pieces
{
    /// <summary>How many bytes tell a piece's length, the most significant one first.</summary>
    public const int HeaderLength = 2;

    private const int LongestPiece = 32 * 1024;

    /// <summary>Sends what comes until it ends, in whatever way, and says so.</summary>
    /// <param name="from">Where the bytes come from.</param>
    /// <param name="to">Where the pieces go.</param>
    /// <param name="cancellationToken">Ends the sending without a word.</param>
    /// <exception cref="IOException">Nobody takes them.</exception>
    public static async Task SendAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        var piece = new byte[HeaderLength + LongestPiece];
        int length;
        do
        {
            length = await ReadAsync(from, piece.AsMemory(HeaderLength), cancellationToken);
            BinaryPrimitives.WriteUInt16BigEndian(piece, (ushort)length);
            await to.WriteAsync(piece.AsMemory(0, HeaderLength + length), cancellationToken);
        }
        while (length > 0);
    }

    /// <summary>Sends one piece.</summary>
    /// <param name="bytes">What is in it; at least one byte, and not many.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">Nobody takes it.</exception>
    public static ValueTask SendOneAsync(byte[] bytes, Stream to, CancellationToken cancellationToken) =>
        to.WriteAsync((byte[])[(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes], cancellationToken);

    private static async ValueTask<int> ReadAsync(Stream from, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await from.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            return 0;
        }
    }
}

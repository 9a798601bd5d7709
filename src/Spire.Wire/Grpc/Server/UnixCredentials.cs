using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Spire.Wire.Grpc.Server;

/// <summary>The process at the other end of a Unix socket, as the kernel knew it when it connected.</summary>
/// <param name="ProcessId">Its process id, in our namespace; 0 when it is in a namespace that ours cannot see.</param>
/// <param name="UserId">Its effective user.</param>
/// <param name="GroupId">Its effective group.</param>
public readonly record struct UnixCredentials(int ProcessId, uint UserId, uint GroupId)
{
    // SOL_SOCKET and SO_PEERCRED of Linux on x86-64 and arm64, and struct ucred: pid, uid, gid.
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    internal static UnixCredentials? Of(Socket socket)
    {
        if (!OperatingSystem.IsLinux() || socket.AddressFamily != AddressFamily.Unix)
        {
            return null;
        }

        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
        return new UnixCredentials(
            MemoryMarshal.Read<int>(credentials), MemoryMarshal.Read<uint>(credentials[4..]), MemoryMarshal.Read<uint>(credentials[8..]));
    }
}

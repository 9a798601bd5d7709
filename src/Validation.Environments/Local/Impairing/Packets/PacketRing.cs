using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Impairing.Packets;

/// <summary>The frames of one network device, read from memory that is shared with the kernel (packet(7), TPACKET_V2).</summary>
/// <remarks>A socket's own buffer would be too small for bursts, and only root of the machine may ask for a larger one.</remarks>
internal sealed unsafe class PacketRing : IDisposable
{
    private const int FrameBytes = 2048, BlockBytes = 1 << 16, Blocks = 256, Frames = BlockBytes / FrameBytes * Blocks;
    private const int PacketLevel = 263, OptionRing = 5, OptionStatistics = 6, OptionVersion = 10, Version2 = 1;
    private const int BelongsToUser = 1, BelongsToKernel = 0;
    private const ushort InternetProtocol = 0x0800;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly Socket _socket;
    private readonly byte* _memory;
    private int _next;

    /// <summary>Opens the ring.</summary>
    /// <param name="device">The device.</param>
    public PacketRing(string device)
    {
        var protocol = BinaryPrimitives.ReverseEndianness(InternetProtocol);
        _socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)protocol) { Blocking = false };
        _socket.SetRawSocketOption(PacketLevel, OptionVersion, BitConverter.GetBytes(Version2));
        int[] ring = [BlockBytes, Blocks, FrameBytes, Frames];
        _socket.SetRawSocketOption(PacketLevel, OptionRing, MemoryMarshal.AsBytes<int>(ring));
        _socket.Bind(new DeviceEndPoint(Native.IndexOfDevice(device), InternetProtocol));
        _memory = (byte*)Native.MapMemory(_socket.SafeHandle, (nuint)(BlockBytes * Blocks));
    }

    /// <summary>Returns the next frame, when there is one. It stays where it is until <see cref="Release"/>.</summary>
    /// <param name="arrived">When the kernel got it, in ticks of the monotonic clock.</param>
    public Span<byte> Peek(out long arrived)
    {
        var header = Header;
        arrived = 0;
        if ((Volatile.Read(ref header->Status) & BelongsToUser) == 0)
        {
            return [];
        }

        arrived = Stopwatch.GetTimestamp() - AgeOf(header);
        return new Span<byte>((byte*)header + header->Start, (int)header->Captured);
    }

    /// <summary>Gives the frame that was peeked at back to the kernel.</summary>
    public void Release()
    {
        Volatile.Write(ref Header->Status, BelongsToKernel);
        _next = (_next + 1) % Frames;
    }

    /// <summary>Sends a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>False when the kernel did not take it.</returns>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        _ = _socket.Send(frame, SocketFlags.None, out var error);
        return error == SocketError.Success;
    }

    /// <summary>Waits until there is a frame, or until a time is over.</summary>
    /// <param name="ticks">How long, in ticks of the monotonic clock.</param>
    public void Wait(long ticks) => Native.WaitReadable(_socket.SafeHandle, ticks * (NanosecondsPerSecond / Stopwatch.Frequency));

    /// <summary>Returns how many frames found no place since somebody last asked.</summary>
    public int TakeMissed()
    {
        Span<int> statistics = stackalloc int[2];
        _socket.GetRawSocketOption(PacketLevel, OptionStatistics, MemoryMarshal.AsBytes(statistics));
        return statistics[1];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Native.UnmapMemory((nint)_memory, (nuint)(BlockBytes * Blocks));
        _socket.Dispose();
    }

    private FrameHeader* Header => (FrameHeader*)(_memory + ((long)_next * FrameBytes));

    // The kernel stamps by the clock of the day; only the age of a stamp is used, and a clock that was set makes it worthless.
    private static long AgeOf(FrameHeader* header)
    {
        var now = TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch;
        var age = now - TimeSpan.FromSeconds(header->Seconds) - TimeSpan.FromTicks(header->Nanoseconds / TimeSpan.NanosecondsPerTick);
        return age > TimeSpan.Zero && age < TimeSpan.FromSeconds(1) ? (long)(age.TotalSeconds * Stopwatch.Frequency) : 0;
    }

    /// <summary>The kernel's <c>tpacket2_hdr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FrameHeader
    {
        public int Status;
        public uint Length;
        public uint Captured;
        public ushort Start;
        public ushort Network;
        public uint Seconds;
        public uint Nanoseconds;
    }

    /// <summary>A device and a protocol, as <c>sockaddr_ll</c>.</summary>
    private sealed class DeviceEndPoint(int index, ushort protocol) : EndPoint
    {
        private const int Length = 20, ProtocolAt = 2, IndexAt = 4;

        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily, Length);
            BinaryPrimitives.WriteUInt16BigEndian(address.Buffer.Span[ProtocolAt..], protocol);
            MemoryMarshal.Write(address.Buffer.Span[IndexAt..], index);
            return address;
        }
    }
}

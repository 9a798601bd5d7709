using System.Buffers.Binary;
using Validation.Environments.Local.Network;

namespace Validation.Environments.Local.Impairing.Packets;

/// <summary>An Ethernet frame with an IPv4 packet in it: where its parts are.</summary>
/// <param name="Pair">The nodes that it comes from and goes to, as <see cref="PairOf"/> writes them.</param>
/// <param name="SourcePort">The port it comes from; 0 when it has none.</param>
/// <param name="DestinationPort">The port it goes to; 0 when it has none.</param>
/// <param name="Transport">Where the transport header begins.</param>
/// <param name="Checksum">Where the transport's checksum is; 0 when it has none.</param>
/// <param name="Payload">Where the payload begins.</param>
/// <param name="End">Where the packet ends.</param>
/// <param name="IsClosing">Whether it closes a TCP connection in its direction.</param>
internal readonly record struct Ipv4Frame(
    ulong Pair, int SourcePort, int DestinationPort, int Transport, int Checksum, int Payload, int End, bool IsClosing)
{
    /// <summary>The length of the Ethernet header.</summary>
    public const int Ethernet = 14;

    private const int ShortestIpHeader = 20, Ttl = Ethernet + 8, Protocol = Ethernet + 9, HeaderChecksum = Ethernet + 10;
    private const int Icmp = 1, Tcp = 6, Udp = 17, UdpHeader = 8;
    private const int TcpFlags = 13, Fin = 1;
    private const int FragmentOffset = 0x1FFF;

    /// <summary>Gets the length from the IP header on.</summary>
    public int Bytes => End - Ethernet;

    /// <summary>Gets whether anything is behind the transport header.</summary>
    public bool HasPayload => Payload < End;

    /// <summary>Returns the addresses of both nodes in one number.</summary>
    /// <param name="from">The source address, any of its node's, four bytes.</param>
    /// <param name="to">The destination address, any of its node's, four bytes.</param>
    public static ulong PairOf(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) =>
        ((ulong)StarAddresses.NodeOf(BinaryPrimitives.ReadUInt32BigEndian(from)) << 32) | StarAddresses.NodeOf(BinaryPrimitives.ReadUInt32BigEndian(to));

    /// <summary>Finds the parts of a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="found">Its parts.</param>
    /// <returns>False when it is no whole IPv4 packet.</returns>
    public static bool TryFind(ReadOnlySpan<byte> frame, out Ipv4Frame found)
    {
        found = default;
        if (frame.Length < Ethernet + ShortestIpHeader || frame[Ethernet] >> 4 != 4)
        {
            return false;
        }

        var transport = Ethernet + ((frame[Ethernet] & 0xF) * 4);
        var end = Ethernet + BinaryPrimitives.ReadUInt16BigEndian(frame[(Ethernet + 2)..]);
        if (end > frame.Length || transport > end || transport < Ethernet + ShortestIpHeader)
        {
            return false;
        }

        var pair = PairOf(frame[(Ethernet + 12)..], frame[(Ethernet + 16)..]);
        var isFirst = (BinaryPrimitives.ReadUInt16BigEndian(frame[(Ethernet + 6)..]) & FragmentOffset) == 0;
        var (header, checksum) = frame[Protocol] switch
        {
            Tcp when isFirst && transport + 20 <= end => ((frame[transport + 12] >> 4) * 4, 16),
            Udp when isFirst && transport + UdpHeader <= end => (UdpHeader, 6),
            Icmp when isFirst && transport + 8 <= end => (8, 2),
            _ => (0, -1),
        };
        var hasPorts = checksum >= 0 && frame[Protocol] != Icmp;
        found = new Ipv4Frame(
            pair,
            hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(frame[transport..]) : 0,
            hasPorts ? BinaryPrimitives.ReadUInt16BigEndian(frame[(transport + 2)..]) : 0,
            transport,
            checksum < 0 ? 0 : transport + checksum,
            Math.Min(transport + header, end),
            end,
            hasPorts && frame[Protocol] == Tcp && (frame[transport + TcpFlags] & Fin) != 0);
        return true;
    }

    /// <summary>Makes good for the router that the packet passes once more on its detour: its time to live is not to show it.</summary>
    /// <param name="frame">The frame.</param>
    public static void RaiseTimeToLive(Span<byte> frame)
    {
        var before = BinaryPrimitives.ReadUInt16BigEndian(frame[Ttl..]);
        frame[Ttl]++;
        Amend(frame, HeaderChecksum, before, BinaryPrimitives.ReadUInt16BigEndian(frame[Ttl..]));
    }

    /// <summary>Flips one bit of the payload.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="place">Which, from 0 to below 1.</param>
    /// <param name="keepsChecksum">Whether the transport's checksum is made right again; a UDP packet without one stays without.</param>
    public void FlipBit(Span<byte> frame, double place, bool keepsChecksum)
    {
        var bit = (int)(place * (End - Payload) * 8);
        var at = Payload + (bit / 8);
        // A checksum is made of words that begin where the transport header does; the last one may lack its second byte.
        var word = at - ((at - Transport) % 2);
        var before = WordAt(frame, word);
        frame[at] ^= (byte)(1 << (bit % 8));
        var hasChecksum = Checksum != 0 && (frame[Protocol] != Udp || BinaryPrimitives.ReadUInt16BigEndian(frame[Checksum..]) != 0);
        if (keepsChecksum && hasChecksum)
        {
            Amend(frame, Checksum, before, WordAt(frame, word));
        }
    }

    private int WordAt(ReadOnlySpan<byte> frame, int at) => (frame[at] << 8) | (at + 1 < End ? frame[at + 1] : 0);

    // RFC 1624, equation 3. The other zero is written, because in UDP zero means that there is no checksum.
    private static void Amend(Span<byte> frame, int checksum, int before, int after)
    {
        var sum = (~BinaryPrimitives.ReadUInt16BigEndian(frame[checksum..]) & 0xFFFF) + (~before & 0xFFFF) + after;
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        var amended = ~sum & 0xFFFF;
        BinaryPrimitives.WriteUInt16BigEndian(frame[checksum..], (ushort)(amended == 0 ? 0xFFFF : amended));
    }
}

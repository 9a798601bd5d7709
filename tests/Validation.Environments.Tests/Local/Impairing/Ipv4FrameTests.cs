using System.Buffers.Binary;
using Validation.Environments.Local.Impairing.Packets;

namespace Validation.Environments.Tests.Local.Impairing;

public sealed class Ipv4FrameTests
{
    private const byte Icmp = 1, Tcp = 6, Udp = 17;

    [Theory]
    [InlineData(Tcp, 20)]
    [InlineData(Udp, 8)]
    public void TryFind_APacketWithPorts_FindsItsParts(byte protocol, int header)
    {
        Ipv4Frame.TryFind(Frame(protocol, header, payload: 5), out var found).Should().BeTrue();

        (found.SourcePort, found.DestinationPort, found.Payload, found.End, found.Bytes).Should().Be((40_000, 8_081, 34 + header, 39 + header, 25 + header));
        found.Pair.Should().Be(Ipv4Frame.PairOf([10, 2, 0, 1], [10, 3, 0, 1]), "any address of a node is the node");
        found.HasPayload.Should().BeTrue();
    }

    [Theory]
    [InlineData(Tcp, 20, 0x11, true)]
    [InlineData(Tcp, 20, 0x10, false)]
    [InlineData(Udp, 20, 0x11, false)]
    public void TryFind_APacketThatClosesAConnection_IsKnownByItsFlag(byte protocol, int header, byte flags, bool isClosing)
    {
        var frame = Frame(protocol, header, payload: 0);
        frame[34 + 13] = flags;

        Ipv4Frame.TryFind(frame, out var found).Should().BeTrue();

        found.IsClosing.Should().Be(isClosing);
    }

    [Fact]
    public void TryFind_ALaterFragment_HasNoPorts()
    {
        var frame = Frame(Udp, 8, payload: 16);
        frame[21] = 4;

        Ipv4Frame.TryFind(frame, out var found).Should().BeTrue();

        (found.SourcePort, found.DestinationPort, found.Checksum).Should().Be((0, 0, 0));
    }

    [Fact]
    public void TryFind_WhatIsNoWholePacket_IsRefused()
    {
        var frame = Frame(Udp, 8, payload: 16);

        Ipv4Frame.TryFind(frame.AsSpan(0, frame.Length - 1), out _).Should().BeFalse("its end is missing");
        Ipv4Frame.TryFind(frame.AsSpan(0, 20), out _).Should().BeFalse();
        frame[14] = 0x60;
        Ipv4Frame.TryFind(frame, out _).Should().BeFalse("it is of another version");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(254)]
    public void RaiseTimeToLive_AnyValue_KeepsTheHeadersChecksumRight(byte value)
    {
        var frame = Frame(Udp, 8, payload: 16);
        frame[22] = value;
        SetHeaderChecksum(frame);

        Ipv4Frame.RaiseTimeToLive(frame);

        frame[22].Should().Be((byte)(value + 1));
        Sum(frame.AsSpan(14, 20)).Should().Be(0xFFFF);
    }

    [Theory]
    [InlineData(Tcp, 20, 5)]
    [InlineData(Udp, 8, 64)]
    [InlineData(Udp, 8, 1)]
    [InlineData(Icmp, 8, 7)]
    public void FlipBit_AnyPlace_ChangesOneBitOfThePayloadAndTheChecksumOnlyWhenItIsKept(byte protocol, int header, int payload)
    {
        for (var place = 0.0; place < 1; place += 0.01)
        {
            var before = Frame(protocol, header, payload);
            Ipv4Frame.TryFind(before, out var found);
            byte[] wrong = [.. before], right = [.. before];

            found.FlipBit(wrong, place, keepsChecksum: false);
            found.FlipBit(right, place, keepsChecksum: true);

            BitsChanged(before, wrong, found.Payload).Should().Be((0, 1));
            BitsChanged(before, right, found.Payload).InPayload.Should().Be(1);
            TransportSum(wrong, found).Should().NotBe(TransportSum(before, found));
            TransportSum(right, found).Should().Be(TransportSum(before, found));
        }
    }

    [Fact]
    public void FlipBit_ADatagramWithoutChecksum_StaysWithout()
    {
        var frame = Frame(Udp, 8, payload: 16);
        Ipv4Frame.TryFind(frame, out var found);
        frame.AsSpan(found.Checksum, 2).Clear();

        found.FlipBit(frame, 0.5, keepsChecksum: true);

        frame.AsSpan(found.Checksum, 2).ToArray().Should().Equal(0, 0);
    }

    private static (int Before, int InPayload) BitsChanged(byte[] before, byte[] after, int payload)
    {
        var changed = before.Zip(after, (a, b) => System.Numerics.BitOperations.PopCount((uint)(a ^ b))).ToArray();
        return (changed.Take(payload).Sum(), changed.Skip(payload).Sum());
    }

    private static byte[] Frame(byte protocol, int header, int payload)
    {
        var frame = new byte[34 + header + payload];
        frame[14] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(frame.Length - 14));
        (frame[22], frame[23]) = (64, protocol);
        byte[] addresses = [10, 2, 200, 7, 10, 3, 0, 1];
        addresses.CopyTo(frame, 26);
        SetHeaderChecksum(frame);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), 8_081);
        if (protocol == Tcp)
        {
            frame[46] = 0x50;
        }

        for (var at = 34 + header; at < frame.Length; at++)
        {
            frame[at] = (byte)(at * 31);
        }

        Ipv4Frame.TryFind(frame, out var found);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(found.Checksum), (ushort)~Sum(frame.AsSpan(found.Transport)));
        return frame;
    }

    private static void SetHeaderChecksum(byte[] frame)
    {
        frame.AsSpan(24, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), (ushort)~Sum(frame.AsSpan(14, 20)));
    }

    private static int TransportSum(byte[] frame, Ipv4Frame found) => Sum(frame.AsSpan(found.Transport, found.End - found.Transport));

    // RFC 1071.
    private static int Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        for (var at = 0; at < bytes.Length; at++)
        {
            sum += at % 2 == 0 ? bytes[at] << 8 : bytes[at];
        }

        while (sum > 0xFFFF)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return sum;
    }
}

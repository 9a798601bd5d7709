using System.Buffers.Binary;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>The kinds of frames of RFC 9113.</summary>
internal enum FrameKind : byte
{
    Data = 0,
    Headers = 1,
    ResetStream = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>The flags of frames that we look at.</summary>
[Flags]
internal enum FrameFlags : byte
{
    None = 0,

    /// <summary>Nothing follows on the stream; on settings and pings: it is an answer.</summary>
    EndOrAck = 1,
    EndHeaders = 4,
    Padded = 8,
    Priority = 32,
}

/// <summary>The first nine bytes of a frame.</summary>
/// <param name="Length">Of what follows.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Flags">Its flags.</param>
/// <param name="Stream">The stream; 0 is the connection.</param>
internal readonly record struct FrameHeader(int Length, FrameKind Kind, FrameFlags Flags, int Stream)
{
    public const int Size = 9;

    /// <summary>The longest frame that anybody may send who was not allowed more. We allow nobody more.</summary>
    public const int LargestFrame = 16_384;

    /// <summary>How much a peer takes before it allows more, on a stream and on the connection, when it did not say otherwise.</summary>
    public const int DefaultWindow = 65_535;

    public bool Has(FrameFlags flag) => (Flags & flag) != 0;

    public static FrameHeader Read(ReadOnlySpan<byte> bytes) => new(
        (bytes[0] << 16) | (bytes[1] << 8) | bytes[2],
        (FrameKind)bytes[3],
        (FrameFlags)bytes[4],
        BinaryPrimitives.ReadInt32BigEndian(bytes[5..]) & int.MaxValue);

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes, Length << 8);
        bytes[3] = (byte)Kind;
        bytes[4] = (byte)Flags;
        BinaryPrimitives.WriteInt32BigEndian(bytes[5..], Stream);
    }
}

/// <summary>The settings of RFC 9113 that we send or look at.</summary>
internal enum Setting : ushort
{
    HeaderTableSize = 1,
    EnablePush = 2,
    MaxConcurrentStreams = 3,
    InitialWindowSize = 4,
}

using System.Buffers.Binary;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>Frames that carry no call's content.</summary>
internal static class ControlFrames
{
    /// <summary>Gets what a connection begins with.</summary>
    public static ReadOnlyMemory<byte> Preface { get; } = MakePreface();

    /// <summary>Tells the server that it may send more.</summary>
    /// <param name="stream">On which stream; 0 for the connection.</param>
    /// <param name="by">How much more, in bytes.</param>
    public static byte[] OpenWindow(int stream, int by) => WithNumber(FrameKind.WindowUpdate, stream, by);

    /// <summary>Tells the server that nobody waits for its answer any longer.</summary>
    /// <param name="stream">On which stream.</param>
    public static byte[] Cancel(int stream) => WithNumber(FrameKind.ResetStream, stream, (int)TransportFailure.Http2Error.Cancel);

    /// <summary>Answers a frame that asks for an answer.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="payload">What the answer repeats.</param>
    public static byte[] AnswerTo(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(payload.Length, kind, FrameFlags.EndOrAck, 0).Write(frame);
        payload.CopyTo(frame.AsSpan(FrameHeader.Size));
        return frame;
    }

    private static byte[] MakePreface()
    {
        // The server may remember no headers for us and push nothing.
        (Setting Name, int Value)[] settings = [(Setting.HeaderTableSize, 0), (Setting.EnablePush, 0)];
        var greeting = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;
        var preface = new byte[greeting.Length + FrameHeader.Size + (settings.Length * 6)];
        greeting.CopyTo(preface);
        var frame = preface.AsSpan(greeting.Length);
        new FrameHeader(settings.Length * 6, FrameKind.Settings, FrameFlags.None, 0).Write(frame);
        for (var i = 0; i < settings.Length; i++)
        {
            var setting = frame[(FrameHeader.Size + (i * 6))..];
            BinaryPrimitives.WriteUInt16BigEndian(setting, (ushort)settings[i].Name);
            BinaryPrimitives.WriteInt32BigEndian(setting[2..], settings[i].Value);
        }

        return preface;
    }

    private static byte[] WithNumber(FrameKind kind, int stream, int number)
    {
        var frame = new byte[FrameHeader.Size + 4];
        new FrameHeader(4, kind, FrameFlags.None, stream).Write(frame);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(FrameHeader.Size), number);
        return frame;
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Validation.Core.Recording;

/// <summary>The format of <c>samples.bin</c>.</summary>
/// <remarks>
/// <para>The file begins with the eight bytes <c>VSAMPLE1</c>. Then follow frames of 32 bytes, little-endian:</para>
/// <para>A <b>sample</b>: byte 0 is 1; byte 1 is 0; bytes 2–3 the load's index in the plan; bytes 4–5 the outcome (0 is
/// success); bytes 6–7 are 0; then three 64-bit integers: planned, fired, completed, in nanoseconds since the run
/// began; fired is −1 when the operation was never fired.</para>
/// <para>A <b>name</b>: byte 0 is 2; byte 1 the number of bytes of text in this frame (0 to 26); bytes 2–3 the outcome
/// that is named; bytes 4–5 are 0; then UTF-8 text. A name longer than 26 bytes goes on in the next frames of the same
/// outcome. A name comes before its first use.</para>
/// <para>Frames are appended whole and handed to the operating system at least four times a second, so a killed
/// harness loses at most the last quarter second, or, when workers share the loads, what they had not yet told the end
/// of, because their samples are written in the order of their planned instants; a frame that is cut off at the end of the file is ignored.</para>
/// </remarks>
public static class SampleFile
{
    internal const int FrameSize = 32;
    internal const int NameBytes = 26;
    private const byte SampleFrame = 1;
    private const byte NameFrame = 2;

    internal static ReadOnlySpan<byte> Magic => "VSAMPLE1"u8;

    /// <summary>Reads the samples of a run.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="HarnessException">It is not a file of samples.</exception>
    public static SampleSet Read(FileInfo file)
    {
        var bytes = File.ReadAllBytes(file.FullName);
        if (!bytes.AsSpan().StartsWith(Magic))
        {
            throw new HarnessException(ExitCode.InvalidInput, $"{file.FullName}: not a file of samples; it does not begin with VSAMPLE1.");
        }

        var frames = bytes.AsSpan(Magic.Length);
        var samples = new List<Sample>(frames.Length / FrameSize);
        var names = new SortedDictionary<ushort, string>();
        for (; frames.Length >= FrameSize; frames = frames[FrameSize..])
        {
            if (frames[0] == SampleFrame)
            {
                samples.Add(ReadSample(frames));
            }
            else if (frames[0] == NameFrame)
            {
                var outcome = BinaryPrimitives.ReadUInt16LittleEndian(frames[2..]);
                names[outcome] = names.GetValueOrDefault(outcome) + Encoding.UTF8.GetString(frames.Slice(6, frames[1]));
            }
        }

        return new SampleSet(samples, names);
    }

    internal static void WriteSample(Span<byte> frame, in Sample sample)
    {
        frame[..8].Clear();
        frame[0] = SampleFrame;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[2..], sample.Load);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[4..], sample.Outcome);
        BinaryPrimitives.WriteInt64LittleEndian(frame[8..], sample.PlannedNs);
        BinaryPrimitives.WriteInt64LittleEndian(frame[16..], sample.FiredNs);
        BinaryPrimitives.WriteInt64LittleEndian(frame[24..], sample.CompletedNs);
    }

    internal static void WriteName(Span<byte> frame, ushort outcome, ReadOnlySpan<byte> text)
    {
        frame[..FrameSize].Clear();
        frame[0] = NameFrame;
        frame[1] = (byte)text.Length;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[2..], outcome);
        text.CopyTo(frame[6..]);
    }

    private static Sample ReadSample(ReadOnlySpan<byte> frame) => new(
        BinaryPrimitives.ReadInt64LittleEndian(frame[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(frame[16..]),
        BinaryPrimitives.ReadInt64LittleEndian(frame[24..]),
        BinaryPrimitives.ReadUInt16LittleEndian(frame[2..]),
        BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]));
}

/// <summary>The samples of a run and the names of their outcomes.</summary>
/// <param name="Samples">The samples, in the order in which they were written.</param>
/// <param name="Failures">The failure class of each outcome but 0.</param>
public sealed record SampleSet(IReadOnlyList<Sample> Samples, IReadOnlyDictionary<ushort, string> Failures);

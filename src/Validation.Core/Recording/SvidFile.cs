using System.Buffers.Binary;
using System.Security.Cryptography;
using Validation.Core.Running;

namespace Validation.Core.Recording;

/// <summary>The format of <c>svids.bin</c>, and its writer.</summary>
/// <remarks>
/// The file begins with the eight bytes <c>VSVIDS_1</c>. Then follow frames of 80 bytes, little-endian: when the SVID
/// was received, 64 bits, nanoseconds since the run began; not before and not after, 64 bits each, Unix seconds; the
/// fingerprint, 64 bits: the first eight bytes of the SHA-256 of the certificate, read big-endian; the load's index in
/// the plan, 16 bits; the check (0 verified, 1 unknown authority, 2 wrong), 8 bits; five bytes 0; the serial number, 20
/// bytes, big-endian, left-padded with zeros; the authority key identifier, 20 bytes, left-padded with zeros. A frame
/// that is cut off at the end of the file is ignored.
/// </remarks>
public sealed class SvidFile : ISvidSink, IDisposable
{
    /// <summary>The length of one frame, in bytes.</summary>
    public const int FrameSize = 80;

    private const int NumberSize = 20;

    private readonly Lock _gate = new();
    private readonly RunClock _clock;
    private readonly IReadOnlyDictionary<string, ushort> _loads;
    private readonly FileStream _file;

    /// <summary>Opens the file for writing.</summary>
    /// <param name="file">The file; must not exist.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="loads">The index of each load in the plan.</param>
    public SvidFile(FileInfo file, RunClock clock, IReadOnlyDictionary<string, ushort> loads)
    {
        _clock = clock;
        _loads = loads;
        _file = new FileStream(file.FullName, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _file.Write("VSVIDS_1"u8);
    }

    /// <summary>Reads the SVIDs of a run.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="HarnessException">It is not a file of SVIDs.</exception>
    public static IReadOnlyList<IssuedSvid> Read(FileInfo file)
    {
        var bytes = File.ReadAllBytes(file.FullName);
        if (!bytes.AsSpan().StartsWith("VSVIDS_1"u8))
        {
            throw new HarnessException(ExitCode.InvalidInput, $"{file.FullName}: not a file of SVIDs; it does not begin with VSVIDS_1.");
        }

        var svids = new List<IssuedSvid>(bytes.Length / FrameSize);
        for (var frame = bytes.AsSpan(8); frame.Length >= FrameSize; frame = frame[FrameSize..])
        {
            svids.Add(ReadFrame(frame));
        }

        return svids;
    }

    /// <summary>Reads one frame.</summary>
    /// <param name="frame">At least <see cref="FrameSize"/> bytes.</param>
    public static IssuedSvid ReadFrame(ReadOnlySpan<byte> frame) => new(
        BinaryPrimitives.ReadInt64LittleEndian(frame),
        BinaryPrimitives.ReadUInt16LittleEndian(frame[32..]),
        (SvidCheck)frame[34],
        BinaryPrimitives.ReadInt64LittleEndian(frame[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(frame[16..]),
        Hex(frame.Slice(40, NumberSize)),
        Hex(frame.Slice(60, NumberSize)),
        BinaryPrimitives.ReadUInt64LittleEndian(frame[24..]));

    /// <summary>Writes one frame.</summary>
    /// <param name="frame">At least <see cref="FrameSize"/> bytes.</param>
    /// <param name="svid">What it says.</param>
    public static void WriteFrame(Span<byte> frame, in IssuedSvid svid)
    {
        frame[..FrameSize].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(frame, svid.AtNs);
        BinaryPrimitives.WriteInt64LittleEndian(frame[8..], svid.NotBefore);
        BinaryPrimitives.WriteInt64LittleEndian(frame[16..], svid.NotAfter);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[24..], svid.Fingerprint);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[32..], svid.Load);
        frame[34] = (byte)svid.Check;
        PadLeft(svid.Serial, frame.Slice(40, NumberSize));
        PadLeft(svid.Issuer, frame.Slice(60, NumberSize));
    }

    /// <summary>Returns what the recording says of a certificate.</summary>
    /// <param name="atNs">When it was received, in nanoseconds since the run began.</param>
    /// <param name="load">The load's index in the plan.</param>
    /// <param name="check">What the driver found.</param>
    /// <param name="certificate">The leaf certificate in DER.</param>
    /// <param name="facts">What the certificate says.</param>
    public static IssuedSvid Describe(long atNs, ushort load, SvidCheck check, ReadOnlySpan<byte> certificate, SvidFacts facts) => new(
        atNs,
        load,
        check,
        facts.NotBefore.ToUnixTimeSeconds(),
        facts.NotAfter.ToUnixTimeSeconds(),
        facts.Serial,
        facts.Issuer,
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(certificate)));

    /// <inheritdoc/>
    public void Record(string load, SvidCheck check, ReadOnlySpan<byte> certificate, SvidFacts facts) =>
        Record(Describe((long)_clock.Now.TotalNanoseconds, _loads[load], check, certificate, facts));

    /// <inheritdoc/>
    public void Record(in IssuedSvid svid)
    {
        Span<byte> frame = stackalloc byte[FrameSize];
        WriteFrame(frame, svid);
        lock (_gate)
        {
            _file.Write(frame);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Returns a hexadecimal number as the recording writes it: in lower case without leading zeros.</summary>
    /// <param name="hexadecimal">The number.</param>
    public static string Normalize(string hexadecimal)
    {
        var significant = hexadecimal.TrimStart('0').ToLowerInvariant();
        return significant.Length == 0 ? "0" : significant;
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Normalize(Convert.ToHexStringLower(bytes));

    // RFC 5280 §4.1.2.2 allows serial numbers of up to 20 octets; longer ones keep their last 20.
    private static void PadLeft(string hexadecimal, Span<byte> field)
    {
        var digits = field.Length * 2;
        var kept = hexadecimal.Length > digits ? hexadecimal[^digits..] : hexadecimal.PadLeft(digits, '0');
        Convert.FromHexString(kept).CopyTo(field);
    }
}

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
    private const int FrameSize = 80;
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
            svids.Add(new IssuedSvid(
                BinaryPrimitives.ReadInt64LittleEndian(frame),
                BinaryPrimitives.ReadUInt16LittleEndian(frame[32..]),
                (SvidCheck)frame[34],
                BinaryPrimitives.ReadInt64LittleEndian(frame[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(frame[16..]),
                Hex(frame.Slice(40, NumberSize)),
                Hex(frame.Slice(60, NumberSize)),
                BinaryPrimitives.ReadUInt64LittleEndian(frame[24..])));
        }

        return svids;
    }

    /// <inheritdoc/>
    public void Record(string load, SvidCheck check, ReadOnlySpan<byte> certificate, SvidFacts facts)
    {
        Span<byte> frame = stackalloc byte[FrameSize];
        frame.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(frame, (long)_clock.Now.TotalNanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(frame[8..], facts.NotBefore.ToUnixTimeSeconds());
        BinaryPrimitives.WriteInt64LittleEndian(frame[16..], facts.NotAfter.ToUnixTimeSeconds());
        BinaryPrimitives.WriteUInt64LittleEndian(frame[24..], BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(certificate)));
        BinaryPrimitives.WriteUInt16LittleEndian(frame[32..], _loads[load]);
        frame[34] = (byte)check;
        PadLeft(facts.Serial, frame.Slice(40, NumberSize));
        PadLeft(facts.Issuer, frame.Slice(60, NumberSize));
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

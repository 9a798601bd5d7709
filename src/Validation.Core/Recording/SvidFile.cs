using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using Validation.Core.Running;

namespace Validation.Core.Recording;

/// <summary>The format of <c>svids.bin</c>, and its writer.</summary>
/// <remarks>
/// The file begins with the eight bytes <c>VSVIDS_1</c>. Then follow frames of 72 bytes, little-endian: when the SVID
/// was received, 64 bits, nanoseconds since the run began; not before and not after, 64 bits each, Unix seconds; the
/// load's index in the plan, 16 bits; the check (0 verified, 1 unknown authority, 2 wrong), 8 bits; five bytes 0; the
/// serial number, 20 bytes, big-endian, left-padded with zeros; the authority key identifier, 20 bytes, left-padded
/// with zeros. A frame that is cut off at the end of the file is ignored.
/// </remarks>
public sealed class SvidFile : ISvidSink, IDisposable
{
    private const int FrameSize = 72;
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
                BinaryPrimitives.ReadUInt16LittleEndian(frame[24..]),
                (SvidCheck)frame[26],
                BinaryPrimitives.ReadInt64LittleEndian(frame[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(frame[16..]),
                Hex(frame.Slice(32, NumberSize)),
                Hex(frame.Slice(52, NumberSize))));
        }

        return svids;
    }

    /// <inheritdoc/>
    public void Record(string load, SvidCheck check, X509Certificate2 certificate)
    {
        Span<byte> frame = stackalloc byte[FrameSize];
        frame.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(frame, (long)_clock.Now.TotalNanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(frame[8..], Seconds(certificate.NotBefore));
        BinaryPrimitives.WriteInt64LittleEndian(frame[16..], Seconds(certificate.NotAfter));
        BinaryPrimitives.WriteUInt16LittleEndian(frame[24..], _loads[load]);
        frame[26] = (byte)check;
        PadLeft(certificate.SerialNumberBytes.Span, frame.Slice(32, NumberSize));
        var authority = certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault();
        PadLeft(authority?.KeyIdentifier is { } id ? id.Span : default, frame.Slice(52, NumberSize));
        lock (_gate)
        {
            _file.Write(frame);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Returns bytes as the recording writes numbers: lower-case hexadecimal without leading zeros.</summary>
    /// <param name="bytes">The bytes, big-endian.</param>
    public static string Hex(ReadOnlySpan<byte> bytes)
    {
        var text = new BigInteger(bytes, isUnsigned: true, isBigEndian: true).ToString("x", CultureInfo.InvariantCulture).TrimStart('0');
        return text.Length == 0 ? "0" : text;
    }

    private static long Seconds(DateTime local) => new DateTimeOffset(local.ToUniversalTime()).ToUnixTimeSeconds();

    // RFC 5280 §4.1.2.2 allows serial numbers of up to 20 octets; longer ones keep their last 20.
    private static void PadLeft(ReadOnlySpan<byte> number, Span<byte> field)
    {
        var kept = number.Length > field.Length ? number[^field.Length..] : number;
        kept.CopyTo(field[(field.Length - kept.Length)..]);
    }
}

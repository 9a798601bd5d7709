using System.Buffers.Binary;
using Validation.Core.Recording;

namespace Validation.Load.Workers.Protocol;

/// <summary>How one operation ended, as a worker tells it: by its number, and in time since its own planned instant.</summary>
/// <remarks>
/// Both stamps are differences on the worker's clock, so a latency is never the difference of two clocks. The planned
/// instant itself is not sent: the controller computes it from the number, as a single process would.
/// </remarks>
/// <param name="Load">The load's index in the plan.</param>
/// <param name="Outcome">0 for success, else a number that the worker has named.</param>
/// <param name="Number">The operation's number in its load.</param>
/// <param name="FiredAfterNs">When it was fired; null when it never was.</param>
/// <param name="CompletedAfterNs">When its answer was there, or when it was given up.</param>
internal readonly record struct EndedOperation(ushort Load, ushort Outcome, long Number, long? FiredAfterNs, long CompletedAfterNs)
{
    /// <summary>The length of one operation in a frame: load, outcome, then three 64-bit integers, little-endian.</summary>
    public const int Size = 28;

    // The pacer never fires early, so no real difference is as negative as this.
    private const long NeverFired = long.MinValue;

    /// <summary>Returns what is told of a sample.</summary>
    /// <param name="number">The operation's number in its load.</param>
    /// <param name="sample">The sample on the worker's clock.</param>
    public static EndedOperation Of(long number, in Sample sample) => new(
        sample.Load,
        sample.Outcome,
        number,
        sample.FiredNs == Sample.Never ? null : sample.FiredNs - sample.PlannedNs,
        sample.CompletedNs - sample.PlannedNs);

    /// <summary>Returns the sample on another clock.</summary>
    /// <param name="plannedNs">The planned instant there.</param>
    public Sample At(long plannedNs) => new(
        plannedNs, FiredAfterNs is { } fired ? plannedNs + fired : Sample.Never, plannedNs + CompletedAfterNs, Load, Outcome);

    /// <summary>Writes operations into a frame.</summary>
    /// <param name="operations">The operations.</param>
    public static byte[] Write(ReadOnlySpan<EndedOperation> operations)
    {
        var bytes = new byte[operations.Length * Size];
        var rest = bytes.AsSpan();
        foreach (var operation in operations)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(rest, operation.Load);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[2..], operation.Outcome);
            BinaryPrimitives.WriteInt64LittleEndian(rest[4..], operation.Number);
            BinaryPrimitives.WriteInt64LittleEndian(rest[12..], operation.FiredAfterNs ?? NeverFired);
            BinaryPrimitives.WriteInt64LittleEndian(rest[20..], operation.CompletedAfterNs);
            rest = rest[Size..];
        }

        return bytes;
    }

    /// <summary>Reads the operations in a frame.</summary>
    /// <param name="payload">The frame's payload.</param>
    /// <exception cref="InvalidDataException">It is not made of whole operations.</exception>
    public static IReadOnlyList<EndedOperation> Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length % Size != 0)
        {
            throw new InvalidDataException($"A frame of operations has {payload.Length} bytes, which is no multiple of {Size}.");
        }

        var operations = new List<EndedOperation>(payload.Length / Size);
        for (; !payload.IsEmpty; payload = payload[Size..])
        {
            var fired = BinaryPrimitives.ReadInt64LittleEndian(payload[12..]);
            operations.Add(new EndedOperation(
                BinaryPrimitives.ReadUInt16LittleEndian(payload),
                BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]),
                BinaryPrimitives.ReadInt64LittleEndian(payload[4..]),
                fired == NeverFired ? null : fired,
                BinaryPrimitives.ReadInt64LittleEndian(payload[20..])));
        }

        return operations;
    }
}

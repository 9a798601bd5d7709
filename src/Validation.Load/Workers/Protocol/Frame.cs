namespace Validation.Load.Workers.Protocol;

/// <summary>What a frame holds.</summary>
internal enum FrameKind : byte
{
    /// <summary>A <see cref="WorkerMessage"/> as JSON.</summary>
    Message = 1,

    /// <summary>Operations; see <see cref="EndedOperation"/>.</summary>
    Operations = 2,

    /// <summary>SVIDs, as <see cref="Core.Recording.SvidFile"/> writes them; their times are the worker's.</summary>
    Svids = 3,

    /// <summary>Four bytes with a connection's number, then bytes that went through it.</summary>
    TunnelData = 4,
}

/// <summary>One piece of what goes over the connection between controller and worker.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Payload">The bytes.</param>
internal readonly record struct Frame(FrameKind Kind, ReadOnlyMemory<byte> Payload);

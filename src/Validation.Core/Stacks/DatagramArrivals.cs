namespace Validation.Core.Stacks;

/// <summary>Datagrams that are sent to see what a link does to them.</summary>
public sealed record DatagramSeries
{
    /// <summary>Gets how many are sent.</summary>
    public required int Count { get; init; }

    /// <summary>Gets how many of them are sent at once.</summary>
    /// <value>Defaults to 1.</value>
    public int AtOnce { get; init; } = 1;

    /// <summary>Gets the time from one sending to the next.</summary>
    public required TimeSpan Every { get; init; }

    /// <summary>Gets how many bytes each carries.</summary>
    /// <value>From 24 to 1,472, a multiple of 8. Defaults to 64.</value>
    public int Bytes { get; init; } = 64;

    /// <summary>Gets how long the last one is waited for.</summary>
    /// <value>Defaults to 100 ms.</value>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMilliseconds(100);
}

/// <summary>What became of a series of datagrams. Sender and receiver read the same clock.</summary>
public sealed record DatagramArrivals
{
    /// <summary>Gets how many were sent.</summary>
    public required int Sent { get; init; }

    /// <summary>Gets how many bytes each packet had, with the headers of IP and UDP.</summary>
    public required int PacketBytes { get; init; }

    /// <summary>Gets how long the first copy of each datagram that arrived was under way, in ascending order.</summary>
    public required IReadOnlyList<TimeSpan> Delays { get; init; }

    /// <summary>Gets how many of the sent ones arrived more than once.</summary>
    public int Duplicated { get; init; }

    /// <summary>Gets how many arrived with another content.</summary>
    public int Corrupted { get; init; }

    /// <summary>Gets how many arrived after one that was sent later.</summary>
    public int Overtaken { get; init; }

    /// <summary>Gets the time from the first arrival to the last.</summary>
    public TimeSpan Spread { get; init; }

    /// <summary>Gets how many never arrived.</summary>
    public int Lost => Sent - Delays.Count;

    /// <summary>Gets the median of <see cref="Delays"/>.</summary>
    /// <value>The longest there is when none arrived.</value>
    public TimeSpan Median => Delays.Count == 0 ? TimeSpan.MaxValue : Delays[Delays.Count / 2];
}

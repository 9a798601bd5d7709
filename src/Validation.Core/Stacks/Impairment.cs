namespace Validation.Core.Stacks;

/// <summary>What is done to packets on their way. Whatever is not set is not done.</summary>
/// <remarks>Every draw follows from <see cref="Seed"/> and from how many packets of that traffic came before.</remarks>
public sealed record Impairment
{
    /// <summary>Gets how much later each packet arrives.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Gets the spread around <see cref="Delay"/>, drawn evenly; packets keep their order.</summary>
    /// <value>From zero to <see cref="Delay"/>.</value>
    public TimeSpan Jitter { get; init; }

    /// <summary>Gets whether only packets are meant that close a TCP connection.</summary>
    public bool ClosingOnly { get; init; }

    /// <summary>Gets the share of packets that never arrive.</summary>
    /// <value>From 0 to 1.</value>
    public double Loss { get; init; }

    /// <summary>Gets the share of packets that arrive twice.</summary>
    /// <value>From 0 to 1.</value>
    public double Duplication { get; init; }

    /// <summary>Gets the share of packets in whose payload, behind the transport header, one bit is flipped.</summary>
    /// <value>From 0 to 1. Packets without payload are left as they are.</value>
    public double Corruption { get; init; }

    /// <summary>Gets whether the transport's checksum is made right again behind a flipped bit, so that only the application can notice.</summary>
    public bool KeepChecksum { get; init; }

    /// <summary>Gets the share of packets that are held back for <see cref="HeldBack"/>, so that later ones overtake them.</summary>
    /// <value>From 0 to 1.</value>
    public double Reordering { get; init; }

    /// <summary>Gets how long those packets are held back.</summary>
    public TimeSpan HeldBack { get; init; }

    /// <summary>Gets how fast packets leave, one after the other, as on a line of that speed.</summary>
    public BitRate? Bandwidth { get; init; }

    /// <summary>Gets how long a packet waits at most for that line; one that would wait longer is dropped.</summary>
    public TimeSpan Queue { get; init; }

    /// <summary>Gets the number from which every draw follows.</summary>
    public int Seed { get; init; }
}

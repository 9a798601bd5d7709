namespace Validation.Environments.Local.Impairing.Packets;

/// <summary>What is to become of one packet.</summary>
internal struct Fate
{
    /// <summary>When it leaves, in ticks of the monotonic clock.</summary>
    public long Due;

    /// <summary>Whether it never leaves.</summary>
    public bool IsLost;

    /// <summary>How often it leaves, when it does.</summary>
    public int Copies;

    /// <summary>Which bit of the payload is flipped, as a share of its length; negative for none.</summary>
    public double Flipped;

    /// <summary>Whether the transport's checksum is made right again.</summary>
    public bool KeepsChecksum;

    /// <summary>Returns the fate of a packet to which nothing is done.</summary>
    /// <param name="arrived">When it arrived.</param>
    public static Fate Unharmed(long arrived) => new() { Due = arrived, Copies = 1, Flipped = -1 };
}

using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Flips a bit in a share of the packets between the targets and other nodes.</summary>
internal sealed class Corrupt : DatagramFault
{
    private static readonly Parameter<double> Share = ShareOf("The share of packets that is changed, drawn one by one from the run's seed.");

    private static readonly Parameter<Checksum> Sum = Parameters.Choice(
        "checksum", "What the checksum of TCP and UDP says then: wrong, and the receiver's kernel drops the packet, or right, and the application gets it.", Checksum.Wrong);

    public Corrupt() => Kind = Describe(
        "corrupt",
        "One bit is flipped in the payload of a share of the packets between the targets and other nodes.",
        "In force when so many datagrams, sent without checksum, arrive changed that the share lies within their exact bounds (99 %).",
        Share,
        Sum);

    private enum Checksum
    {
        /// <summary>It is left as it was.</summary>
        Wrong,

        /// <summary>It is made right again.</summary>
        Right,
    }

    /// <inheritdoc/>
    public override FaultKind Kind { get; }

    /// <inheritdoc/>
    protected override Impairment ImpairmentOf(FaultOrder order) =>
        new() { Corruption = order.Get(Share), KeepChecksum = order.Get(Sum) == Checksum.Right };

    /// <inheritdoc/>
    protected override DatagramSeries SeriesOf(FaultOrder order) => SeriesFor(order.Get(Share));

    /// <inheritdoc/>
    protected override (bool Shows, string Seen) Judge(FaultOrder order, DatagramArrivals before, DatagramArrivals now) =>
        JudgeShare(order.Get(Share), now.Corrupted, now.Sent, "changed");
}

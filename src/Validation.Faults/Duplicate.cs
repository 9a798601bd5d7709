using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Has a share of the packets between the targets and other nodes arrive twice.</summary>
internal sealed class Duplicate : DatagramFault
{
    private static readonly Parameter<double> Share = ShareOf("The share of packets that arrives twice, drawn one by one from the run's seed.");

    public Duplicate() => Kind = Describe(
        "duplicate",
        "A share of the packets between the targets and other nodes arrives twice.",
        "In force when so many datagrams arrive twice that the share lies within their exact bounds (99 %).",
        Share);

    /// <inheritdoc/>
    public override FaultKind Kind { get; }

    /// <inheritdoc/>
    protected override Impairment ImpairmentOf(FaultOrder order) => new() { Duplication = order.Get(Share) };

    /// <inheritdoc/>
    protected override DatagramSeries SeriesOf(FaultOrder order) => SeriesFor(order.Get(Share));

    /// <inheritdoc/>
    protected override (bool Shows, string Seen) Judge(FaultOrder order, DatagramArrivals before, DatagramArrivals now) =>
        JudgeShare(order.Get(Share), now.Duplicated, now.Sent, "arrived twice");
}

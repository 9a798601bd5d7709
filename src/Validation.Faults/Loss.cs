using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Has a share of the packets between the targets and other nodes never arrive.</summary>
internal sealed class Loss : DatagramFault
{
    private static readonly Parameter<double> Share = ShareOf("The share of packets that is lost, drawn one by one from the run's seed.");

    public Loss() => Kind = Describe(
        "loss",
        "A share of the packets between the targets and other nodes never arrives.",
        "In force when so many datagrams are lost that the share lies within their exact bounds (99 %).",
        Share);

    /// <inheritdoc/>
    public override FaultKind Kind { get; }

    /// <inheritdoc/>
    protected override Impairment ImpairmentOf(FaultOrder order) => new() { Loss = order.Get(Share) };

    /// <inheritdoc/>
    protected override DatagramSeries SeriesOf(FaultOrder order) => SeriesFor(order.Get(Share));

    /// <inheritdoc/>
    protected override (bool Shows, string Seen) Judge(FaultOrder order, DatagramArrivals before, DatagramArrivals now) =>
        JudgeShare(order.Get(Share), now.Lost, now.Sent, "lost");
}

using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Holds a share of the packets between the targets and other nodes back, so that later ones overtake them.</summary>
internal sealed class Reorder : DatagramFault
{
    // Datagrams at the end of the series are overtaken by nobody: it must be long beside the time that they are held back.
    private const int LengthsOfTime = 20, Fewest = 400;

    private static readonly Parameter<double> Share = ShareOf("The share of packets that is held back, drawn one by one from the run's seed.");

    private static readonly Parameter<TimeSpan> By = Parameters.Duration(
        "by", "How long they are held back.", TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(10));

    public Reorder()
    {
        var kind = Describe(
            "reorder",
            "A share of the packets between the targets and other nodes is held back, so that later ones overtake it.",
            "In force when so many datagrams are overtaken that the share lies within their exact bounds (99 %).",
            Share,
            By);
        Kind = kind with { Preparation = kind.Preparation + TimeSpan.FromSeconds(0.5) };
    }

    /// <inheritdoc/>
    public override FaultKind Kind { get; }

    /// <inheritdoc/>
    protected override Impairment ImpairmentOf(FaultOrder order) => new() { Reordering = order.Get(Share), HeldBack = order.Get(By) };

    /// <inheritdoc/>
    protected override DatagramSeries SeriesOf(FaultOrder order)
    {
        var count = Math.Max(SeriesFor(order.Get(Share)).Count, Math.Max(Fewest, LengthsOfTime * (int)order.Get(By).TotalMilliseconds));
        return new DatagramSeries { Count = count, Every = TimeSpan.FromMilliseconds(1) };
    }

    /// <inheritdoc/>
    protected override (bool Shows, string Seen) Judge(FaultOrder order, DatagramArrivals before, DatagramArrivals now) =>
        JudgeShare(order.Get(Share), now.Overtaken, now.Sent, "overtaken");
}

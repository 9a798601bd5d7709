using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Has every packet between the targets and other nodes arrive later.</summary>
internal sealed class Delay : DatagramFault
{
    private const int Datagrams = 40;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1), Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private static readonly Parameter<TimeSpan> By = Parameters.Duration("by", "How much later, in each direction that is impaired.", Shortest, Longest);

    private static readonly Parameter<TimeSpan> Jitter = Parameters.Duration(
        "jitter", "The spread around it, drawn evenly; at most 'by'. Packets keep their order.", TimeSpan.Zero, Longest, TimeSpan.Zero);

    public Delay() => Kind = Describe(
        "delay",
        "Every packet between the targets and other nodes arrives later.",
        "In force when datagrams need as much longer as was ordered, give or take 5 ms.",
        By,
        Jitter) with
    {
        Objection = (fault, _) => fault.Parameters.Get(Jitter) > fault.Parameters.Get(By) ? "'jitter' is more than 'by'" : null,
    };

    /// <inheritdoc/>
    public override FaultKind Kind { get; }

    /// <inheritdoc/>
    protected override Impairment ImpairmentOf(FaultOrder order) => new() { Delay = order.Get(By), Jitter = order.Get(Jitter) };

    /// <inheritdoc/>
    protected override DatagramSeries SeriesOf(FaultOrder order) =>
        new() { Count = Datagrams, Every = Interval, Patience = order.Get(By) + order.Get(Jitter) + TimeSpan.FromMilliseconds(100) };

    /// <inheritdoc/>
    protected override (bool Shows, string Seen) Judge(FaultOrder order, DatagramArrivals before, DatagramArrivals now)
    {
        if (now.Delays.Count == 0)
        {
            return (false, "no datagram arrives");
        }

        var (by, jitter) = (order.Get(By), order.Get(Jitter));
        var (shortest, longest) = (now.Delays[0], now.Delays[^1]);
        var added = now.Median - before.Median;
        var isInPlace = shortest >= by - jitter - Shortest && added >= by - jitter - Shortest && added <= by + jitter + Tolerance;
        return (
            isInPlace && longest - shortest >= jitter / 2,
            $"{Duration.Format(added)} later (median of {now.Delays.Count}; all from {Duration.Format(shortest)} to {Duration.Format(longest)})");
    }
}

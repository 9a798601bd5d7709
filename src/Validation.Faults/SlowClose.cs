using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Holds the packets back by which TCP connections are closed: the other end believes them open for longer, and nothing else is late.</summary>
internal sealed class SlowClose : LinkFault<TimeSpan?>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50), Longest = TimeSpan.FromSeconds(5);

    // What the harness itself may add on a machine that has other things to do.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(25), Patience = TimeSpan.FromSeconds(1);

    private static readonly Parameter<TimeSpan> By = Parameters.Duration("by", "How much later a close is seen.", Shortest, Longest);

    public SlowClose() => Kind = Describe(
        "slow-close",
        "The close of a TCP connection between the targets and other nodes is seen later; all other packets are in time.",
        "In force when a close is seen as much later as was ordered, give or take 25 ms.",
        By);

    /// <inheritdoc/>
    public override FaultKind Kind { get; }

    /// <inheritdoc/>
    protected override Parameter<Direction> Direction { get; } = Parameters.Choice(
        "direction", "Whose closing is seen later; from-target is that of the targets.", Faults.Direction.BothWays);

    /// <inheritdoc/>
    protected override Task<IImpairedTraffic> BeginAsync(
        ILinkImpairment network, FaultOrder order, IReadOnlyCollection<Traffic> traffic, CancellationToken cancellationToken) =>
        network.ImpairAsync(traffic, new Impairment { Delay = order.Get(By), ClosingOnly = true, Seed = order.Seed }, cancellationToken);

    /// <inheritdoc/>
    protected override Task<TimeSpan?> TryAsync(ILinkImpairment network, FaultOrder order, Traffic traffic, CancellationToken cancellationToken) =>
        network.MeasureCloseAsync(traffic, order.Get(By) + Patience, cancellationToken);

    /// <inheritdoc/>
    protected override string? HarmOf(FaultOrder order, TimeSpan? before, TimeSpan? now) =>
        now is null ? "no connection is opened and closed"
        : now > before + Tolerance ? $"a close is seen after {Duration.Format(now.Value)}, before after {Duration.Format(before!.Value)}"
        : null;

    /// <inheritdoc/>
    protected override (bool Shows, string Seen) Judge(FaultOrder order, TimeSpan? before, TimeSpan? now) =>
        now - before is not { } added
            ? (false, "no connection is opened and closed")
            : ((added - order.Get(By)).Duration() <= Tolerance, $"a close is seen {Duration.Format(added)} later");
}

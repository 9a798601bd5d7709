using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Refuses new connections between the targets and other nodes, as if nobody listened there.</summary>
internal sealed class Reject : ConnectionFault
{
    public Reject() => Kind = Describe(
        "reject",
        "New TCP connections between the targets and other nodes are refused with a reset; open ones go on.",
        "In force when a connection is refused within a second.");

    /// <inheritdoc/>
    public override FaultKind Kind { get; }

    /// <inheritdoc/>
    protected override ConnectionOutcome Ordered => ConnectionOutcome.Refused;

    /// <inheritdoc/>
    protected override Task<IImpairedTraffic> BeginAsync(
        ILinkImpairment network, FaultOrder order, IReadOnlyCollection<Traffic> traffic, CancellationToken cancellationToken) =>
        network.ResetAsync(traffic, TcpPackets.Opening, cancellationToken);
}

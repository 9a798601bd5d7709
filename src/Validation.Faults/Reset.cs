using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Resets connections between the targets and other nodes on which anything is sent.</summary>
internal sealed class Reset : ConnectionFault
{
    public Reset() => Kind = Describe(
        "reset",
        "TCP connections between the targets and other nodes are reset as soon as either end sends anything; new ones are opened and then reset.",
        "In force when a connection is opened and then reset.");

    /// <inheritdoc/>
    public override FaultKind Kind { get; }

    /// <inheritdoc/>
    protected override ConnectionOutcome Ordered => ConnectionOutcome.Reset;

    /// <inheritdoc/>
    protected override Task<IImpairedTraffic> BeginAsync(
        ILinkImpairment network, FaultOrder order, IReadOnlyCollection<Traffic> traffic, CancellationToken cancellationToken)
    {
        // Each end learns of it by what it sends itself.
        var answers = traffic.Select(one => one with { Link = new Link(one.Link.To, one.Link.From) });
        return network.ResetAsync([.. traffic.Union(answers)], TcpPackets.Open, cancellationToken);
    }
}
